from django.contrib import admin

from table.models import Entry


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    list_display = ["time", "firstname", "lastname", "gate"]
    list_filter = ["gate"]
    search_fields = ["firstname", "lastname"]
    date_hierarchy = "time"
    readonly_fields = ["time"]
    show_full_result_count = False
