import datetime as dt

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import F
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from .models import Choice, Question


def create_question(text="Tea or coffee?", choices=("Tea", "Coffee"), **age):
    """A question published ``age`` (``days=1``, ``hours=2``, ...) before now; negative: in the future."""
    question = Question.objects.create(question_text=text, pub_date=timezone.now() - dt.timedelta(**age))
    for choice in choices:
        question.choices.create(choice_text=choice)
    return question


def url(name, question):
    return reverse(f"polls:{name}", args=[question.pk])


class QuestionModelTests(TestCase):
    def test_recently_means_within_the_last_day_and_not_in_the_future(self):
        expected = {-1: False, 23: True, 25: False}
        found = {hours: create_question(hours=hours).was_published_recently() for hours in expected}
        assert found == expected

    def test_published_leaves_out_the_future(self):
        published = create_question(hours=1)
        create_question(hours=-1)
        assert list(Question.objects.published()) == [published]

    def test_total_votes_is_zero_without_choices(self):
        create_question(choices=())
        assert Question.objects.with_total_votes().get().total_votes == 0


class IndexTests(TestCase):
    def test_no_questions(self):
        self.assertContains(self.client.get(reverse("polls:index")), "No polls are available.")

    def test_newest_first_and_no_future_question(self):
        create_question("Older?", days=2)
        create_question("Newer?", days=1)
        create_question("Later?", days=-1)
        questions = self.client.get(reverse("polls:index")).context["questions"]
        assert [question.question_text for question in questions] == ["Newer?", "Older?"]

    def test_shows_the_sum_of_all_votes(self):
        question = create_question()
        question.choices.update(votes=2)
        self.assertContains(self.client.get(reverse("polls:index")), "4 votes")

    def test_eleventh_question_is_on_the_second_page(self):
        for number in range(11):
            create_question(f"Number {number}?", days=number)
        first = self.client.get(reverse("polls:index"))
        self.assertNotContains(first, "Number 10?")
        self.assertContains(first, "?page=2")
        self.assertContains(self.client.get(reverse("polls:index"), {"page": 2}), "Number 10?")

    def test_text_is_escaped(self):
        create_question("<b>Bold?</b>")
        self.assertContains(self.client.get(reverse("polls:index")), "&lt;b&gt;Bold?&lt;/b&gt;")


class FutureQuestionTests(TestCase):
    def test_no_page_of_a_future_question_exists(self):
        question = create_question(days=-1)
        answers = {
            "detail": self.client.get(url("detail", question)),
            "results": self.client.get(url("results", question)),
            "vote": self.client.post(url("vote", question), {"choice": question.choices.first().pk}),
        }
        assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 404)
        assert question.choices.first().votes == 0

    def test_unknown_question_is_a_404_page_with_a_way_back(self):
        response = self.client.get(reverse("polls:detail", args=[10**30]))
        self.assertContains(response, "Page not found", status_code=404)
        self.assertContains(response, f'href="{reverse("polls:index")}"', status_code=404)


class DetailTests(TestCase):
    def test_shows_each_choice(self):
        question = create_question()
        response = self.client.get(url("detail", question))
        for choice in question.choices.all():
            self.assertContains(response, choice.choice_text)
            self.assertContains(response, f'value="{choice.pk}"')

    def test_question_without_choices_has_no_form(self):
        response = self.client.get(url("detail", create_question(choices=())))
        self.assertContains(response, "no choices yet")
        self.assertNotContains(response, "<form")


class VoteTests(TestCase):
    def setUp(self):
        self.question = create_question()
        self.tea, self.coffee = self.question.choices.all()

    def votes(self):
        return {choice.choice_text: choice.votes for choice in self.question.choices.all()}

    def vote(self, **data):
        return self.client.post(url("vote", self.question), data)

    def test_counts_one_vote_and_goes_on_to_the_results(self):
        response = self.client.post(url("vote", self.question), {"choice": self.tea.pk}, follow=True)
        self.assertRedirects(response, url("results", self.question))
        self.assertContains(response, "Your vote was counted.")
        assert self.votes() == {"Tea": 1, "Coffee": 0}

    def test_vote_that_arrives_in_between_is_not_lost(self):
        rivals = []

        def vote_first(execute, sql, params, many, context):
            """Lets another vote in right before the first UPDATE of the request."""
            if sql.startswith("UPDATE") and not rivals:
                rivals.append(sql)
                Choice.objects.filter(pk=self.tea.pk).update(votes=F("votes") + 1)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(vote_first):
            self.vote(choice=self.tea.pk)
        assert len(rivals) == 1
        assert self.votes() == {"Tea": 2, "Coffee": 0}

    def test_without_a_valid_choice_the_form_comes_back_with_an_error(self):
        foreign = create_question("Other?").choices.first().pk
        for data in ({}, {"choice": ""}, {"choice": "tea"}, {"choice": "9" * 5000}, {"choice": foreign}):
            with self.subTest(data=data):
                response = self.vote(**data)
                self.assertContains(response, "Please select one of the choices.")
                self.assertContains(response, "<form")
        assert sum(Choice.objects.values_list("votes", flat=True)) == 0

    def test_a_vote_must_be_posted(self):
        assert self.client.get(url("vote", self.question), {"choice": self.tea.pk}).status_code == 405
        assert self.votes() == {"Tea": 0, "Coffee": 0}


class ResultsTests(TestCase):
    def rows(self, *votes):
        question = create_question(choices=[f"Choice {number}" for number in range(len(votes))])
        for choice, count in zip(question.choices.all(), votes, strict=True):
            question.choices.filter(pk=choice.pk).update(votes=count)
        response = self.client.get(url("results", question))
        assert response.status_code == 200
        return [(row["percent"], row["leads"]) for row in response.context["rows"]]

    def test_percentages_and_the_leading_choices(self):
        cases = {
            (): [],
            (0, 0): [(0, False), (0, False)],
            (3, 1): [(75, True), (25, False)],
            (1, 1, 1): [(33, True), (33, True), (33, True)],
        }
        assert {votes: self.rows(*votes) for votes in cases} == cases

    def test_shows_bar_and_count(self):
        question = create_question(choices=["Tea"])
        question.choices.update(votes=1)
        response = self.client.get(url("results", question))
        self.assertContains(response, 'value="100" max="100"')
        self.assertContains(response, "1 vote in total")


class AdminTests(TestCase):
    def setUp(self):
        self.client.force_login(get_user_model().objects.create_superuser("editor"))

    def test_question_and_choices_are_added_on_one_page(self):
        data = {
            "question_text": "Sun or moon?",
            "pub_date_0": "2026-01-01",
            "pub_date_1": "12:00:00",
            "choices-TOTAL_FORMS": 2,
            "choices-INITIAL_FORMS": 0,
            "choices-0-choice_text": "Sun",
            "choices-0-votes": 0,
            "choices-1-choice_text": "Moon",
            "choices-1-votes": 0,
        }
        response = self.client.post(reverse("admin:polls_question_add"), data)
        self.assertRedirects(response, reverse("admin:polls_question_changelist"))
        assert [str(choice) for choice in Question.objects.get().choices.all()] == ["Sun", "Moon"]

    def test_list_shows_the_votes(self):
        create_question().choices.update(votes=21)
        self.assertContains(self.client.get(reverse("admin:polls_question_changelist")), "42")
