package delivery

import (
	"time"

	"millrace/internal/platform/ref"
)

// Scope is where a fact belongs: its application and that application's unit.
type Scope struct {
	ApplicationID   ref.App  `bun:"application_id" json:"applicationId,omitempty"`
	ApplicationKey  string   `bun:"application_key" json:"applicationKey,omitempty"`
	ApplicationName string   `bun:"application_name" json:"applicationName,omitempty"`
	UnitID          ref.Unit `bun:"unit_id" json:"unitId,omitempty"`
}

// Origin is where a fact comes from.
type Origin struct {
	ConnectionID ref.Connection `bun:"connection_id" json:"connectionId,omitempty"`
	ExternalID   string         `bun:"external_id" json:"externalId"`
}

// CommitLink names a commit from another fact.
type CommitLink struct {
	OwnerID      ref.Fact   `bun:"owner_id" json:"-"`
	ID           string     `bun:"id" json:"id,omitempty"`
	SHA          string     `bun:"sha" json:"sha"`
	RepositoryID string     `bun:"repository_id" json:"repositoryId,omitempty"`
	Repository   string     `bun:"repository" json:"repository,omitempty"`
	Message      string     `bun:"message" json:"message,omitempty"`
	AuthorName   string     `bun:"author_name" json:"authorName,omitempty"`
	AuthoredAt   *time.Time `bun:"authored_at" json:"authoredAt,omitempty"`
}

// DeploymentView is a deployment as the API shows it.
type DeploymentView struct {
	ID string `bun:"id" json:"id"`
	Scope
	Origin
	ApplicationBy    string     `bun:"application_by" json:"applicationBy,omitempty" doc:"How the application was found: record, rule or catalog."`
	ApplicationRaw   string     `bun:"application_raw" json:"applicationRaw,omitempty" doc:"What the source called the application."`
	Service          string     `bun:"service" json:"service,omitempty"`
	RepositoryID     string     `bun:"repository_id" json:"repositoryId,omitempty"`
	Name             string     `bun:"name" json:"name,omitempty"`
	DisplayTitle     string     `bun:"display_title" json:"displayTitle,omitempty"`
	URL              string     `bun:"url" json:"url,omitempty"`
	Environment      string     `bun:"environment" json:"environment"`
	EnvironmentRaw   string     `bun:"environment_raw" json:"environmentRaw,omitempty"`
	EnvironmentClass string     `bun:"environment_class" json:"environmentClass"`
	ClassBy          string     `bun:"class_by" json:"environmentClassBy,omitempty" doc:"How the class was found: record, rule or name."`
	Result           string     `bun:"result" json:"result"`
	ResultRaw        string     `bun:"result_raw" json:"resultRaw,omitempty"`
	Status           string     `bun:"status" json:"status"`
	StatusRaw        string     `bun:"status_raw" json:"statusRaw,omitempty"`
	Version          string     `bun:"version" json:"version,omitempty"`
	CreatedAt        *time.Time `bun:"created_at" json:"createdAt,omitempty"`
	StartedAt        *time.Time `bun:"started_at" json:"startedAt,omitempty"`
	FinishedAt       *time.Time `bun:"finished_at" json:"finishedAt,omitempty"`
	At               time.Time  `bun:"at" json:"at" doc:"The time the list is sorted by."`
	DurationSec      *float64   `bun:"duration_sec" json:"durationSec,omitempty"`
	PipelineRunID    string     `bun:"pipeline_run_id" json:"pipelineRunId,omitempty"`
	DeployedByID     string     `bun:"deployed_by_id" json:"deployedById,omitempty"`
	IsRollback       bool       `bun:"is_rollback" json:"rollback"`
	Rework           *bool      `bun:"rework" json:"rework,omitempty"`
	FixesIncident    string     `bun:"fixes_incident" json:"fixesIncident,omitempty"`
	FixesIncidentID  string     `bun:"fixes_incident_id" json:"fixesIncidentId,omitempty"`
	// Commit is the first commit named, Commits all of them.
	Commit  string       `bun:"-" json:"commit,omitempty"`
	Commits []CommitLink `bun:"-" json:"commits" nullable:"false"`
}

// IncidentView is an incident as the API shows it.
type IncidentView struct {
	ID string `bun:"id" json:"id"`
	Scope
	Origin
	ApplicationBy        string     `bun:"application_by" json:"applicationBy,omitempty"`
	ApplicationRaw       string     `bun:"application_raw" json:"applicationRaw,omitempty"`
	Service              string     `bun:"service" json:"service,omitempty"`
	Key                  string     `bun:"key" json:"key,omitempty"`
	Title                string     `bun:"title" json:"title"`
	Description          string     `bun:"description" json:"description,omitempty"`
	URL                  string     `bun:"url" json:"url,omitempty"`
	Severity             string     `bun:"severity" json:"severity,omitempty"`
	Urgency              string     `bun:"urgency" json:"urgency,omitempty"`
	Status               string     `bun:"status" json:"status"`
	StatusRaw            string     `bun:"status_raw" json:"statusRaw,omitempty"`
	Environment          string     `bun:"environment" json:"environment,omitempty"`
	EnvironmentClass     string     `bun:"environment_class" json:"environmentClass,omitempty"`
	StartedAt            *time.Time `bun:"started_at" json:"startedAt,omitempty"`
	DetectedAt           *time.Time `bun:"detected_at" json:"detectedAt,omitempty"`
	ResolvedAt           *time.Time `bun:"resolved_at" json:"resolvedAt,omitempty"`
	At                   time.Time  `bun:"at" json:"at"`
	CausedBy             string     `bun:"caused_by" json:"causedBy,omitempty" doc:"What the source blames."`
	CausedByDeploymentID string     `bun:"caused_by_deployment_id" json:"causedByDeploymentId,omitempty" doc:"The deployment that is, once it is known."`
	WorkItemID           string     `bun:"work_item_id" json:"workItemId,omitempty"`
	Version              int64      `bun:"version" json:"version"`
}

// ChangeRequestView is a change request as the API shows it.
type ChangeRequestView struct {
	ID string `bun:"id" json:"id"`
	Origin
	RepositoryID   string     `bun:"repository_id" json:"repositoryId,omitempty"`
	Repository     string     `bun:"repository" json:"repository,omitempty"`
	Number         int64      `bun:"number" json:"number"`
	Title          string     `bun:"title" json:"title"`
	URL            string     `bun:"url" json:"url,omitempty"`
	Status         string     `bun:"status" json:"status"`
	StatusRaw      string     `bun:"status_raw" json:"statusRaw,omitempty"`
	Type           string     `bun:"type" json:"type,omitempty"`
	Component      string     `bun:"component" json:"component,omitempty"`
	AuthorID       string     `bun:"author_id" json:"authorId,omitempty"`
	AuthorName     string     `bun:"author_name" json:"authorName,omitempty"`
	MergedByName   string     `bun:"merged_by_name" json:"mergedByName,omitempty"`
	CreatedAt      *time.Time `bun:"created_at" json:"createdAt,omitempty"`
	UpdatedAt      *time.Time `bun:"updated_at" json:"updatedAt,omitempty"`
	MergedAt       *time.Time `bun:"merged_at" json:"mergedAt,omitempty"`
	ClosedAt       *time.Time `bun:"closed_at" json:"closedAt,omitempty"`
	At             time.Time  `bun:"at" json:"at"`
	MergeCommitSHA string     `bun:"merge_commit_sha" json:"mergeCommitSha,omitempty"`
	HeadCommitSHA  string     `bun:"head_commit_sha" json:"headCommitSha,omitempty"`
	HeadRef        string     `bun:"head_ref" json:"headRef,omitempty"`
	BaseRef        string     `bun:"base_ref" json:"baseRef,omitempty"`
	Additions      *int64     `bun:"additions" json:"additions,omitempty"`
	Deletions      *int64     `bun:"deletions" json:"deletions,omitempty"`
	IsDraft        bool       `bun:"is_draft" json:"isDraft"`
}

// CommitView is a commit as the API shows it.
type CommitView struct {
	ID             string     `bun:"id" json:"id"`
	RepositoryID   string     `bun:"repository_id" json:"repositoryId"`
	Repository     string     `bun:"repository" json:"repository,omitempty"`
	SHA            string     `bun:"sha" json:"sha"`
	Parent1ID      string     `bun:"parent1_id" json:"-"`
	Parent2ID      string     `bun:"parent2_id" json:"-"`
	Message        string     `bun:"message" json:"message"`
	AuthorID       string     `bun:"author_id" json:"authorId,omitempty"`
	AuthorName     string     `bun:"author_name" json:"authorName,omitempty"`
	AuthorEmail    string     `bun:"author_email" json:"authorEmail,omitempty"`
	CommitterName  string     `bun:"committer_name" json:"committerName,omitempty"`
	CommitterEmail string     `bun:"committer_email" json:"committerEmail,omitempty"`
	AuthoredAt     *time.Time `bun:"authored_at" json:"authoredAt,omitempty"`
	CommittedAt    *time.Time `bun:"committed_at" json:"committedAt,omitempty"`
	At             time.Time  `bun:"at" json:"at"`
	Additions      *int64     `bun:"additions" json:"additions,omitempty"`
	Deletions      *int64     `bun:"deletions" json:"deletions,omitempty"`
}

// WorkItemView is a work item as the API shows it.
type WorkItemView struct {
	ID string `bun:"id" json:"id"`
	Scope
	Origin
	Key             string     `bun:"key" json:"key,omitempty"`
	Title           string     `bun:"title" json:"title"`
	URL             string     `bun:"url" json:"url,omitempty"`
	Type            string     `bun:"type" json:"type"`
	TypeRaw         string     `bun:"type_raw" json:"typeRaw,omitempty"`
	Status          string     `bun:"status" json:"status"`
	StatusRaw       string     `bun:"status_raw" json:"statusRaw,omitempty"`
	StoryPoint      *float64   `bun:"story_point" json:"storyPoint,omitempty"`
	CreatedAt       *time.Time `bun:"created_at" json:"createdAt,omitempty"`
	UpdatedAt       *time.Time `bun:"updated_at" json:"updatedAt,omitempty"`
	ResolvedAt      *time.Time `bun:"resolved_at" json:"resolvedAt,omitempty"`
	DueAt           *time.Time `bun:"due_at" json:"dueAt,omitempty"`
	At              time.Time  `bun:"at" json:"at"`
	LeadTimeMinutes *int64     `bun:"lead_time_minutes" json:"leadTimeMinutes,omitempty"`
	ParentID        string     `bun:"parent_id" json:"parentId,omitempty"`
	IsSubtask       bool       `bun:"is_subtask" json:"isSubtask"`
	EpicKey         string     `bun:"epic_key" json:"epicKey,omitempty"`
	Priority        string     `bun:"priority" json:"priority,omitempty"`
	Severity        string     `bun:"severity" json:"severity,omitempty"`
	Component       string     `bun:"component" json:"component,omitempty"`
	CreatorID       string     `bun:"creator_id" json:"creatorId,omitempty"`
	CreatorName     string     `bun:"creator_name" json:"creatorName,omitempty"`
	AssigneeID      string     `bun:"assignee_id" json:"assigneeId,omitempty"`
	AssigneeName    string     `bun:"assignee_name" json:"assigneeName,omitempty"`
}

// PipelineRunView is a pipeline run as the API shows it.
type PipelineRunView struct {
	ID string `bun:"id" json:"id"`
	Scope
	Origin
	RepositoryID string     `bun:"repository_id" json:"repositoryId,omitempty"`
	Repository   string     `bun:"repository" json:"repository,omitempty"`
	Name         string     `bun:"name" json:"name"`
	DisplayTitle string     `bun:"display_title" json:"displayTitle,omitempty"`
	URL          string     `bun:"url" json:"url,omitempty"`
	Type         string     `bun:"type" json:"type,omitempty"`
	Environment  string     `bun:"environment" json:"environment,omitempty"`
	Result       string     `bun:"result" json:"result"`
	ResultRaw    string     `bun:"result_raw" json:"resultRaw,omitempty"`
	Status       string     `bun:"status" json:"status"`
	StatusRaw    string     `bun:"status_raw" json:"statusRaw,omitempty"`
	Attempt      int64      `bun:"attempt" json:"attempt"`
	CreatedAt    *time.Time `bun:"created_at" json:"createdAt,omitempty"`
	StartedAt    *time.Time `bun:"started_at" json:"startedAt,omitempty"`
	FinishedAt   *time.Time `bun:"finished_at" json:"finishedAt,omitempty"`
	At           time.Time  `bun:"at" json:"at"`
	DurationSec  *float64   `bun:"duration_sec" json:"durationSec,omitempty"`
}

// TestRunView is a test run as the API shows it.
type TestRunView struct {
	ID string `bun:"id" json:"id"`
	Scope
	Origin
	RepositoryID  string     `bun:"repository_id" json:"repositoryId,omitempty"`
	CommitSHA     string     `bun:"commit_sha" json:"commitSha,omitempty"`
	PipelineRunID string     `bun:"pipeline_run_id" json:"pipelineRunId,omitempty"`
	Name          string     `bun:"name" json:"name"`
	URL           string     `bun:"url" json:"url,omitempty"`
	Environment   string     `bun:"environment" json:"environment,omitempty"`
	Result        string     `bun:"result" json:"result"`
	ResultRaw     string     `bun:"result_raw" json:"resultRaw,omitempty"`
	Passed        *int64     `bun:"passed" json:"passed,omitempty"`
	Failed        *int64     `bun:"failed" json:"failed,omitempty"`
	Skipped       *int64     `bun:"skipped" json:"skipped,omitempty"`
	StartedAt     *time.Time `bun:"started_at" json:"startedAt,omitempty"`
	FinishedAt    *time.Time `bun:"finished_at" json:"finishedAt,omitempty"`
	At            time.Time  `bun:"at" json:"at"`
}

// ArtifactView is an artifact as the API shows it.
type ArtifactView struct {
	ID string `bun:"id" json:"id"`
	Scope
	Origin
	RepositoryID  string     `bun:"repository_id" json:"repositoryId,omitempty"`
	CommitSHA     string     `bun:"commit_sha" json:"commitSha,omitempty"`
	PipelineRunID string     `bun:"pipeline_run_id" json:"pipelineRunId,omitempty"`
	Name          string     `bun:"name" json:"name"`
	Version       string     `bun:"version" json:"version,omitempty"`
	PURL          string     `bun:"purl" json:"purl,omitempty"`
	Digest        string     `bun:"digest" json:"digest,omitempty"`
	URL           string     `bun:"url" json:"url,omitempty"`
	CreatedAt     *time.Time `bun:"created_at" json:"createdAt,omitempty"`
	At            time.Time  `bun:"at" json:"at"`
}

// RepositoryView is a repository as the API shows it.
type RepositoryView struct {
	ID string `bun:"id" json:"id"`
	Origin
	Key          string                  `bun:"repository_key" json:"key" doc:"The address without scheme and user: the same for everybody who names it."`
	Name         string                  `bun:"name" json:"name"`
	URL          string                  `bun:"url" json:"url"`
	Description  string                  `bun:"description" json:"description,omitempty"`
	Language     string                  `bun:"language" json:"language,omitempty"`
	DefaultRef   string                  `bun:"default_ref" json:"defaultRef,omitempty"`
	IsArchived   bool                    `bun:"is_archived" json:"isArchived"`
	CreatedAt    *time.Time              `bun:"created_at" json:"createdAt,omitempty"`
	Applications []RepositoryApplication `bun:"-" json:"applications" nullable:"false"`
}

// RepositoryApplication is an application a repository belongs to.
type RepositoryApplication struct {
	ApplicationID ref.App `json:"applicationId"`
	PathPrefix    string  `json:"pathPrefix,omitempty" doc:"The folder that belongs to it; absent for the whole repository."`
	Source        string  `json:"source" doc:"catalog or rule."`
}
