from django.contrib import admin

from .models import Choice, Question


class ChoiceInline(admin.TabularInline):
    model = Choice
    extra = 3


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin):
    fieldsets = [
        (None, {"fields": ["question_text"]}),
        ("Publication", {"fields": ["pub_date"], "description": "A date in the future keeps the question hidden."}),
    ]
    inlines = [ChoiceInline]
    list_display = ["question_text", "pub_date", "was_published_recently", "total_votes"]
    ordering = ["-pub_date"]
    list_filter = ["pub_date"]
    search_fields = ["question_text"]
    date_hierarchy = "pub_date"

    def get_queryset(self, request):
        return super().get_queryset(request).with_total_votes()

    @admin.display(ordering="total_votes", description="Votes")
    def total_votes(self, question):
        return question.total_votes
