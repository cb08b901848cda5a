"""The interface of the attendance sheet."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import CreateAPIView, ListAPIView
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from table import fields
from table.metrics import ENTRIES
from table.models import Entry
from table.serializers import EntrySerializer, ErrorSerializer, IndexSerializer, PageSerializer

FIELD_ERRORS = OpenApiResponse(
    {"type": "object", "additionalProperties": {}},
    description="Refused: for each field what is wrong with it.",
)


class IndexView(APIView):
    """Where everything is, and how many came today."""

    @extend_schema(operation_id="index", responses=IndexSerializer)
    def get(self, request):
        today = timezone.localdate()
        return Response(
            {
                "entries": Entry.objects.of_day(today).count(),
                "time_zone": timezone.get_default_timezone_name(),
                "create": reverse("create", request=request),
                "today": reverse("sheet", args=[f"{today:%Y%m%d}"], request=request),
                "docs": reverse("docs", request=request),
            }
        )


class CreateEntryView(CreateAPIView):
    """Enter that somebody came through a gate."""

    serializer_class = EntrySerializer

    @extend_schema(
        operation_id="create",
        responses={201: EntrySerializer, 400: FIELD_ERRORS, 415: ErrorSerializer},
    )
    def post(self, request):
        return super().post(request)

    def perform_create(self, serializer):
        serializer.save()
        ENTRIES.inc()


class SheetView(ListAPIView):
    """The attendance sheet of a date, in the order in which people came."""

    serializer_class = EntrySerializer
    queryset = Entry.objects.all()

    @extend_schema(
        operation_id="sheet",
        parameters=[
            PageSerializer,
            OpenApiParameter(
                "day",
                {"type": "string", "pattern": "^[0-9]{8}$"},
                OpenApiParameter.PATH,
                description="Date in the configured time zone, as YYYYMMDD.",
            ),
        ],
        responses={200: EntrySerializer(many=True), 400: FIELD_ERRORS, 404: ErrorSerializer},
    )
    def get(self, request, day):
        return super().get(request, day)

    def get_queryset(self):
        return super().get_queryset().of_day(fields.day(self.kwargs["day"]))
