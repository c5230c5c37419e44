// Package delivery owns the facts of software delivery: work items with their history, change requests with reviews,
// commits, pipeline runs and jobs, test runs, artifacts, deployments with their commits, and incidents; and the rules
// that map them to applications, environment classes and persons.
//
// # Tables
//
// repository, repository_alias, repository_application, tool_account, board, work_item, work_item_change,
// work_item_label, work_item_assignee, work_item_comment, board_work_item, milestone, change_request,
// change_request_commit, change_request_label, change_request_work_item, review_comment, reviewer, repository_commit,
// pipeline_run, pipeline_run_commit, job_run, test_run, artifact, repository_release, deployment, deployment_commit,
// incident, incident_word, mapping_rule, mapping_state, mapping_replay, ingest_touch.
//
// # Identity
//
// A fact's id is a hash of (connection, kind, external id), see [FactID]; a commit's one of (repository, sha), see
// [CommitID]; a repository's one of its address, see [RepositoryID]. So a fact can be referred to before it arrives, and
// nothing is looked up to write it. A repository has one id under all its names: repository_alias leads from each to it,
// and when a tool tells that a repository was renamed, its history stays where it is.
//
// # Taking records in
//
// [Service.Ingest] is the one way in, for connectors, event receivers and the API alike. Records come twice, late, out of
// order and before the ones they refer to; a revision per record decides which version stands. Times: a deployment,
// incident, pipeline run, job or test run that speaks of a time more than five minutes ahead, or ends before it starts,
// is rejected; in all other records a time ahead becomes now, with a note, because a wrong clock there is common and
// harms no metric; a time before 1970 stands for none. Text loses NUL and broken UTF-8 and is cut to sizes that
// rules_text.go lists, with a note.
//
// # Mapping to applications
//
// In this order: the application a record names by key, alias, name or id; a rule for its service, pipeline, environment
// or board; the application whose name the service bears; what its repository belongs to, by rules and by the catalogue
// (repository_application holds both). A repository of several applications is divided by the files its commits touch,
// else by the folder the pipeline or service names. What none of this finds waits in [Service.ListUnmapped]; a new rule
// reaches stored records by a replay, which asks no tool. Environments get their class from the record, a rule, or a
// common word in their name.
//
// # Others
//
// It reads v_application, v_application_name, v_application_repository, v_unit and v_person. Event kinds are in
// events.go, permissions in permission.go. Facts have no unit of their own: they are shown to who may see the unit of
// their application, and those of no application to who may see the whole organisation.
package delivery
