"""Pages of a sheet: no answer grows with the number of entries."""

from rest_framework.pagination import PageNumberPagination

from table.serializers import PageSerializer


class Pages(PageNumberPagination):
    """``page`` and ``page_size``; a value that is none is refused instead of ignored."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000

    def paginate_queryset(self, queryset, request, view=None):
        PageSerializer(data=request.query_params).is_valid(raise_exception=True)
        return super().paginate_queryset(queryset, request, view)
