"""Addresses. None but the administration's ends in a slash, as gates and health checks have always called them."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from table import views

urlpatterns = [
    # A person who opens the site sees what it can do.
    path("", RedirectView.as_view(pattern_name="docs"), name="home"),
    # A health check wants 200 rather than a redirect: whoever is not signed in gets the form here, without a query.
    path("admin", admin.site.login),
    path("admin/", admin.site.urls),
    path("table", views.IndexView.as_view(), name="index"),
    path("table/create", views.CreateEntryView.as_view(), name="create"),
    # Any text: what is no date is answered with what is expected, which a path that matches nothing could not say.
    path("table/view/date:<str:day>", views.SheetView.as_view(), name="sheet"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]
