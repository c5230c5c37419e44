package app_test

import "fmt"

// environmentActs are the acts about environments and what hangs on them.
func environmentActs() []act {
	ahead := func(n int) string { return fmt.Sprintf("2031-01-01T%02d:%02d:00Z", n/60%24, n%60) }
	return []act{
		{permission: "environment.view_environment", method: "GET", path: at("/environments/%s", "environments")},
		{permission: "environment.view_environment", method: "GET", path: at("/environment-groups/%s", "environment-groups")},
		{permission: "environment.manage_environment", method: "PATCH", path: at("/environments/%s", "environments"),
			body: func(_ *site, n int) any { return map[string]any{"vendor": fmt.Sprint(n)} }},
		{permission: "environment.manage_environment", method: "POST", path: at("/environments"), hidden: true,
			body: func(s *site, n int) any { return map[string]any{"key": fmt.Sprint("env-", n), "unitId": s.unit} }},
		{permission: "environment.manage_stack", method: "POST", path: at("/environments/%s/hosts", "environments"),
			body: func(_ *site, n int) any { return map[string]any{"name": fmt.Sprint("host-", n)} }},
		{permission: "environment.manage_settings", method: "PUT", path: at("/environment-settings"), wide: true,
			body: func(*site, int) any { return map[string]any{"currency": "EUR"} }},
		{permission: "booking.view_booking", method: "GET", path: at("/bookings/%s", "bookings")},
		{permission: "booking.create_booking", method: "POST", path: at("/bookings?dryRun=true"), hidden: true,
			body: func(s *site, n int) any {
				return map[string]any{"environment": s.ids["environments"], "from": ahead(n), "to": ahead(n + 1), "intent": "touch", "title": "x"}
			}},
		{permission: "sheet.import_environments", method: "GET", path: at("/environment-imports/%s", "environment-imports")},
		{permission: "sheet.import_environments", method: "POST", path: func(s *site) string { return "/environment-imports?unitId=" + s.ids["units"] }, hidden: true,
			body: func(_ *site, n int) any { return map[string]any{"text": fmt.Sprintf("Key\nM%d\n", n)} }},
		{permission: "booking.manage_booking", method: "PATCH", path: at("/bookings/%s", "bookings"),
			body: func(_ *site, n int) any { return map[string]any{"description": fmt.Sprint(n)} }},
		{permission: "booking.approve_booking", method: "POST", path: at("/bookings/%s/approve", "bookings"), refusal: "booking_state",
			body: func(*site, int) any { return map[string]any{} }},
		{permission: "booking.manage_policy", method: "PUT", path: at("/booking-policies?unit=%s", "units"), hidden: true,
			body: func(_ *site, n int) any {
				return map[string]any{"mode": "strict", "minimumNoticeMinutes": 0, "maximumHoldMinutes": 100000 + n, "noPastDates": false, "compatible": []any{}, "priorityClasses": []any{},
					"warnUnusedAfterMinutes": 0, "freeUnusedAfterMinutes": 0, "approveOwn": false, "autoApproveIntents": []any{}, "deployOnlyBooked": false}
			}},
		{permission: "health.view_health", method: "GET", path: at("/outages/%s", "outages")},
		{permission: "health.report_health", method: "POST", path: at("/health-events"), hidden: true,
			body: func(s *site, _ int) any {
				return map[string]any{"environment": s.ids["environments"], "health": "issue"}
			}},
		{permission: "health.manage_outage", method: "PATCH", path: at("/outages/%s", "outages"),
			body: func(_ *site, n int) any { return map[string]any{"description": fmt.Sprint(n)} }},
		{permission: "request.view_request", method: "GET", path: at("/booking-requests/%s", "booking-requests")},
		{permission: "request.view_request", method: "GET", path: at("/environment-change-requests/%s", "environment-change-requests")},
		{permission: "request.create_request", method: "POST", path: at("/booking-requests?dryRun=true"), hidden: true,
			body: func(s *site, n int) any {
				return map[string]any{"title": "x", "from": ahead(n), "to": ahead(n + 60), "unitId": s.unit}
			}},
		{permission: "request.manage_request", method: "PATCH", path: at("/environment-change-requests/%s", "environment-change-requests"),
			body: func(_ *site, n int) any { return map[string]any{"description": fmt.Sprint(n)} }},
		{permission: "request.manage_settings", method: "POST", path: at("/booking-time-slots"), wide: true,
			body: func(_ *site, n int) any {
				return map[string]any{"name": fmt.Sprint("Slot ", n), "from": "08:00", "to": "12:00"}
			}},
		{permission: "environmentkpi.view_report", method: "GET", path: at("/reports/environment-kpi?month=2026-10&unit=%s", "units")},
		{permission: "environmentkpi.subscribe", method: "POST", path: at("/report-subscriptions"), hidden: true,
			body: func(s *site, _ int) any { return map[string]any{"unit": s.unit, "day": 1, "format": "pdf"} }},
		{permission: "calendar.view_freeze", method: "GET", path: at("/freezes/%s", "freezes")},
		{permission: "calendar.manage_freeze", method: "PATCH", path: at("/freezes/%s", "freezes"),
			body: func(_ *site, n int) any { return map[string]any{"description": fmt.Sprint(n)} }},
		{permission: "comment.write_comment", method: "POST", path: at("/bookings/%s/comments", "bookings"),
			body: func(_ *site, n int) any { return map[string]any{"body": fmt.Sprint("comment ", n)} }},
		{permission: "field.view_field", method: "GET", path: at("/lookups/environment_usage"), anywhere: true},
		{permission: "field.manage_lookup", method: "POST", path: at("/lookups/environment_usage/values"), wide: true,
			body: func(_ *site, n int) any { return map[string]any{"name": fmt.Sprint("Usage ", n)} }},
		{permission: "field.manage_custom_field", method: "POST", path: at("/custom-fields"), wide: true,
			body: func(_ *site, n int) any {
				return map[string]any{"subject": "environment", "name": fmt.Sprint("Field ", n), "dataType": "text"}
			}},
		{permission: "workflow.view_workflow", method: "GET", path: at("/workflow-statuses?subject=environment_change_request"), anywhere: true},
		{permission: "workflow.manage_workflow", method: "DELETE", path: at("/workflows/environment_change_request?type=none"), anywhere: true, refusal: "if_match_required"},
		{permission: "notify.manage_template", method: "GET", path: at("/mail-templates"), wide: true},
		{permission: "notify.view_delivery", method: "GET", path: at("/mail-deliveries"), wide: true},
		{permission: "notify.resend_delivery", method: "POST", path: at("/mail-deliveries/none/resend"), wide: true, refusal: "not_found"},
	}
}
