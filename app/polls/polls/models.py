"""A question has choices, and a choice counts its votes."""

import datetime as dt

from django.contrib import admin
from django.db import models
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone


class QuestionQuerySet(models.QuerySet):
    def published(self):
        """Only questions whose publication date has come, newest first."""
        return self.filter(pub_date__lte=timezone.now()).order_by("-pub_date", "-pk")

    def with_total_votes(self):
        """Adds ``total_votes``: the votes for all choices of the question, 0 without choices."""
        return self.annotate(total_votes=Coalesce(Sum("choices__votes"), 0))


class Question(models.Model):
    question_text = models.CharField("question", max_length=200)
    pub_date = models.DateTimeField("date published", default=timezone.now, db_index=True)

    objects = QuestionQuerySet.as_manager()

    def __str__(self):
        return self.question_text

    def get_absolute_url(self):
        return reverse("polls:detail", args=[self.pk])

    @admin.display(boolean=True, ordering="pub_date", description="Published recently?")
    def was_published_recently(self):
        """Published within the last day, and not in the future."""
        now = timezone.now()
        return now - dt.timedelta(days=1) <= self.pub_date <= now


class Choice(models.Model):
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="choices")
    choice_text = models.CharField("choice", max_length=200)
    votes = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.choice_text

    def count_vote(self):
        """Adds one vote in the database itself, so that two votes at the same time are both counted."""
        Choice.objects.filter(pk=self.pk).update(votes=F("votes") + 1)
