package delivery

// The tables of facts as rows are written to them; see newTable for the signs behind the column names. The order of the
// columns is the order of the values in the functions of rows_*.go; seen_at is added for all of them at once.
var (
	tToolAccount = newTable("tool_account", 1,
		`id connection_id! external_id! user_name full_name email avatar_url url organization is_bot person_id= person_by= created_at revision`)
	tBoard = newTable("board", 1,
		`id connection_id! external_id! name description url type repository_id application_id created_at revision seen_at>`)
	tMilestone = newTable("milestone", 1,
		`id connection_id! external_id! scope_id title url state due_at created_at updated_at closed_at revision seen_at>`)
	tWorkItem = newTable("work_item", 1,
		`id connection_id! external_id! application_id key title url type type_raw status status_raw story_point
		created_at updated_at resolved_at due_at at lead_time_minutes original_estimate_minutes time_spent_minutes time_remaining_minutes
		parent_id is_subtask epic_key priority severity urgency component original_project fix_versions
		creator_id creator_name assignee_id assignee_name revision description application_raw seen_at>`)
	tWorkItemChange = newTable("work_item_change", 1,
		`id connection_id! external_id! work_item_id field_id field_name from_value from_value_raw to_value to_value_raw
		author_id author_name created_at seen_at>`)
	tWorkItemLabel    = newTable("work_item_label", 2, `work_item_id label_name`)
	tWorkItemAssignee = newTable("work_item_assignee", 2, `work_item_id assignee_id assignee_name`)
	tWorkItemComment  = newTable("work_item_comment", 1,
		`id connection_id! external_id! work_item_id account_id body created_at updated_at revision seen_at>`)
	tBoardWorkItem = newTable("board_work_item", 2, `board_id work_item_id`)

	tChangeRequest = newTable("change_request", 1,
		`id connection_id! external_id! repository_id head_repository_id number title url status status_raw type component
		author_id author_name merged_by_id merged_by_name parent_id created_at updated_at merged_at closed_at at
		merge_commit_sha merge_commit_id head_commit_sha head_commit_id base_commit_sha head_ref base_ref
		additions deletions is_draft revision description seen_at>`)
	tChangeRequestCommit = newTable("change_request_commit", 2, `change_request_id commit_sha author_name author_email authored_at`)
	tChangeRequestLabel  = newTable("change_request_label", 2, `change_request_id label_name`)
	tChangeRequestItem   = newTable("change_request_work_item", 2, `change_request_id work_item_id work_item_key number`)
	tReviewComment       = newTable("review_comment", 1,
		`id connection_id! external_id! change_request_id account_id type status review_id commit_sha body created_at updated_at revision seen_at>`)
	tReviewer = newTable("reviewer", 2, `change_request_id account_id name`)
	tCommit   = newTable("repository_commit", 1,
		`id repository_id! sha! parent1_id+ parent2_id+ more_parent_ids+ authored_at+ committed_at+ at author_id+ author_name+ author_email+
		committer_name+ committer_email+ additions+ deletions+ message+ paths+`)

	tPipelineRun = newTable("pipeline_run", 1,
		`id connection_id! external_id! application_id? repository_id? scope_id~ name~ display_title~ url~ type~ environment~
		result result_raw status status_raw attempt created_at? queued_at? started_at? finished_at at duration_sec queued_duration_sec revision seen_at>`)
	tPipelineRunCommit = newTable("pipeline_run_commit", 2, `pipeline_run_id commit_sha repository_id commit_id branch url`)
	tJobRun            = newTable("job_run", 1,
		`id connection_id! external_id! pipeline_run_id? name~ url~ type~ environment~ result result_raw status status_raw
		created_at? queued_at? started_at? finished_at duration_sec queued_duration_sec revision seen_at>`)
	tTestRun = newTable("test_run", 1,
		`id connection_id! external_id! application_id? application_raw~ repository_id? commit_sha~ commit_id? pipeline_run_id? name~ url~
		environment~ result result_raw passed? failed? skipped? started_at? finished_at? at revision seen_at>`)
	tArtifact = newTable("artifact", 1,
		`id connection_id! external_id! application_id? application_raw~ repository_id? commit_sha~ commit_id? pipeline_run_id? name~ version~
		purl~ digest~ url~ created_at? at revision seen_at>`)
	tRelease = newTable("repository_release", 1,
		`id connection_id! external_id! repository_id name tag_name description url commit_sha commit_id is_draft is_latest is_prerelease
		author_id created_at published_at updated_at at revision seen_at>`)

	tDeployment = newTable("deployment", 1,
		`id connection_id! external_id! application_id? application_by~ application_raw~ service~ scope_id~ repository_id? name~ display_title~
		url~ environment~ environment_raw~ environment_class~ class_by~ result result_raw status status_raw version~
		created_at? queued_at? started_at? finished_at at duration_sec pipeline_run_id? deployed_by_id? is_rollback rework?
		fixes_incident~ fixes_key? fixes_incident_id@ url_key? revision seen_at>`)
	tDeploymentCommit = newTable("deployment_commit", 2, `deployment_id commit_sha repository_id commit_id ref_name message`)
	tIncident         = newTable("incident", 1,
		`id connection_id! external_id! application_id? application_by~ application_raw~ service~ key~ title~ description~ url~
		severity~ urgency~ status status_raw environment~ environment_class~ started_at? detected_at? resolved_at at
		caused_by~ caused_by_key? caused_by_deployment_id@ work_item_id? url_key? revision seen_at>`)
)
