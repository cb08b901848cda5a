from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views import generic
from django.views.decorators.http import require_POST

from .models import Question


class IndexView(generic.ListView):
    """The published questions, newest first."""

    template_name = "polls/index.html"
    context_object_name = "questions"
    paginate_by = 10

    def get_queryset(self):
        return Question.objects.published().with_total_votes()


class DetailView(generic.DetailView):
    """One published question, with the form to vote."""

    template_name = "polls/detail.html"

    def get_queryset(self):
        return Question.objects.published()


class ResultsView(generic.DetailView):
    """The votes for each choice of one published question."""

    template_name = "polls/results.html"

    def get_queryset(self):
        return Question.objects.published()

    def get_context_data(self, **kwargs):
        choices = list(self.object.choices.all())
        total = sum(choice.votes for choice in choices)
        most = max((choice.votes for choice in choices), default=0)
        rows = [
            {
                "choice": choice,
                "percent": round(100 * choice.votes / total) if total else 0,
                "leads": 0 < choice.votes == most,
            }
            for choice in choices
        ]
        return super().get_context_data(rows=rows, total=total, **kwargs)


@require_POST
def vote(request, pk):
    """Counts a vote and goes on to the results; without a valid choice it shows the form again."""
    question = get_object_or_404(Question.objects.published(), pk=pk)
    chosen = request.POST.get("choice")
    choice = next((choice for choice in question.choices.all() if str(choice.pk) == chosen), None)
    if choice is None:
        context = {"question": question, "error_message": "Please select one of the choices."}
        return render(request, "polls/detail.html", context)
    choice.count_vote()
    messages.success(request, "Your vote was counted.")
    # A redirect after the POST: reloading the results page does not vote again.
    return redirect("polls:results", pk=question.pk)
