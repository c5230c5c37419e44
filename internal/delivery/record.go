package delivery

import "time"

// RecordKind names one of the normalised kinds of delivery data. The words follow CDEvents and the OpenTelemetry CI/CD
// conventions where those have one.
type RecordKind string

// The kinds of normalised records.
const (
	KindRepository          RecordKind = "repository"
	KindToolAccount         RecordKind = "tool_account"
	KindBoard               RecordKind = "board"
	KindWorkItem            RecordKind = "work_item"
	KindWorkItemChange      RecordKind = "work_item_change"
	KindWorkItemLabel       RecordKind = "work_item_label"
	KindWorkItemAssignee    RecordKind = "work_item_assignee"
	KindWorkItemComment     RecordKind = "work_item_comment"
	KindBoardWorkItem       RecordKind = "board_work_item"
	KindMilestone           RecordKind = "milestone"
	KindSprint              RecordKind = "sprint"
	KindBoardSprint         RecordKind = "board_sprint"
	KindSprintWorkItem      RecordKind = "sprint_work_item"
	KindChangeRequest       RecordKind = "change_request"
	KindChangeRequestCommit RecordKind = "change_request_commit"
	KindChangeRequestLabel  RecordKind = "change_request_label"
	KindChangeRequestItem   RecordKind = "change_request_work_item"
	KindReviewComment       RecordKind = "review_comment"
	KindReviewer            RecordKind = "reviewer"
	KindCommit              RecordKind = "commit"
	KindPipelineRun         RecordKind = "pipeline_run"
	KindPipelineRunCommit   RecordKind = "pipeline_run_commit"
	KindJobRun              RecordKind = "job_run"
	KindTestRun             RecordKind = "test_run"
	KindArtifact            RecordKind = "artifact"
	KindRelease             RecordKind = "release"
	KindDeployment          RecordKind = "deployment"
	KindDeploymentCommit    RecordKind = "deployment_commit"
	KindIncident            RecordKind = "incident"
)

// Normalised values. The tool's own value always stands beside them in a field that ends in Raw.
const (
	TypeRequirement = "REQUIREMENT"
	TypeBug         = "BUG"
	TypeIncident    = "INCIDENT"
	TypeTask        = "TASK"
	TypeSubtask     = "SUBTASK"

	StatusTodo       = "TODO"
	StatusInProgress = "IN_PROGRESS"
	StatusDone       = "DONE"
	StatusOther      = "OTHER"

	ChangeOpen   = "OPEN"
	ChangeMerged = "MERGED"
	ChangeClosed = "CLOSED"

	ResultSuccess   = "SUCCESS"
	ResultFailure   = "FAILURE"
	ResultCancelled = "CANCELLED"

	PipelineDeployment = "DEPLOYMENT"
	PipelineBuild      = "BUILD"
	PipelineTest       = "TEST"

	EnvironmentProduction  = "PRODUCTION"
	EnvironmentStaging     = "STAGING"
	EnvironmentTesting     = "TESTING"
	EnvironmentDevelopment = "DEVELOPMENT"

	CommentNormal = "NORMAL"
	CommentDiff   = "DIFF"
	CommentReview = "REVIEW"
)

// Head is what every normalised record starts with.
type Head struct {
	Kind RecordKind `json:"kind"`
	// ExternalID is "<entity>:<native id>[/<native id>]" as the tool knows it, without the connection; records that
	// join two others carry both ids separated by "|". (connection, kind, external id) is unique.
	ExternalID string `json:"externalId"`
	// Partial says that empty fields of this record are unknown rather than empty: what is stored of them stays. Event
	// sources, which tell one thing at a time and in any order, send such records.
	Partial bool `json:"partial,omitempty"`
}

// RecordHead returns the head; it makes every record type a [Record].
func (h Head) RecordHead() Head { return h }

// Record is one normalised record of any kind.
type Record interface {
	RecordHead() Head
}

// Repository is a source repository.
type Repository struct {
	Head
	Name        string     `json:"name"`
	URL         string     `json:"url"`
	CloneURL    string     `json:"cloneUrl"`
	Description string     `json:"description"`
	Language    string     `json:"language"`
	OwnerID     string     `json:"ownerId"`
	ForkedFrom  string     `json:"forkedFrom"`
	DefaultRef  string     `json:"defaultRef"`
	IsArchived  bool       `json:"isArchived"`
	CreatedAt   *time.Time `json:"createdAt"`
	UpdatedAt   *time.Time `json:"updatedAt"`
}

// ToolAccount is a person or robot as one tool knows them; delivery ties it to a person of the organisation.
type ToolAccount struct {
	Head
	UserName     string     `json:"userName"`
	FullName     string     `json:"fullName"`
	Email        string     `json:"email"`
	AvatarURL    string     `json:"avatarUrl"`
	URL          string     `json:"url"`
	Organization string     `json:"organization"`
	IsBot        bool       `json:"isBot"`
	CreatedAt    *time.Time `json:"createdAt"`
}

// Board is a container of work items: a tracker's project or board, or the issues of a repository.
type Board struct {
	Head
	Name        string     `json:"name"`
	Description string     `json:"description"`
	URL         string     `json:"url"`
	Type        string     `json:"type"`
	CreatedAt   *time.Time `json:"createdAt"`
}

// WorkItem is an issue, story, defect, task or incident ticket of a tracker.
type WorkItem struct {
	Head
	URL                     string     `json:"url"`
	IconURL                 string     `json:"iconUrl"`
	Key                     string     `json:"key"`
	Title                   string     `json:"title"`
	Description             string     `json:"description"`
	EpicKey                 string     `json:"epicKey"`
	Type                    string     `json:"type"`
	TypeRaw                 string     `json:"typeRaw"`
	Status                  string     `json:"status"`
	StatusRaw               string     `json:"statusRaw"`
	StoryPoint              *float64   `json:"storyPoint"`
	CreatedAt               *time.Time `json:"createdAt"`
	UpdatedAt               *time.Time `json:"updatedAt"`
	ResolvedAt              *time.Time `json:"resolvedAt"`
	DueAt                   *time.Time `json:"dueAt"`
	LeadTimeMinutes         *int64     `json:"leadTimeMinutes"`
	OriginalEstimateMinutes *int64     `json:"originalEstimateMinutes"`
	TimeSpentMinutes        *int64     `json:"timeSpentMinutes"`
	TimeRemainingMinutes    *int64     `json:"timeRemainingMinutes"`
	ParentWorkItemID        string     `json:"parentWorkItemId"`
	IsSubtask               bool       `json:"isSubtask"`
	Priority                string     `json:"priority"`
	Severity                string     `json:"severity"`
	Urgency                 string     `json:"urgency"`
	// Application is the one the sender names; without it rules decide by the component.
	Application     string `json:"application,omitempty"`
	Component       string `json:"component"`
	OriginalProject string `json:"originalProject"`
	FixVersions     string `json:"fixVersions"`
	CreatorID       string `json:"creatorId"`
	CreatorName     string `json:"creatorName"`
	AssigneeID      string `json:"assigneeId"`
	AssigneeName    string `json:"assigneeName"`
}

// WorkItemChange is one change of one field of a work item; for the field "status" it is the status history.
type WorkItemChange struct {
	Head
	WorkItemID        string     `json:"workItemId"`
	AuthorID          string     `json:"authorId"`
	AuthorName        string     `json:"authorName"`
	FieldID           string     `json:"fieldId"`
	FieldName         string     `json:"fieldName"`
	OriginalFromValue string     `json:"originalFromValue"`
	OriginalToValue   string     `json:"originalToValue"`
	FromValue         string     `json:"fromValue"`
	ToValue           string     `json:"toValue"`
	CreatedAt         *time.Time `json:"createdAt"`
}

// WorkItemLabel ties a label to a work item.
type WorkItemLabel struct {
	Head
	WorkItemID string `json:"workItemId"`
	LabelName  string `json:"labelName"`
}

// WorkItemAssignee ties an account to a work item.
type WorkItemAssignee struct {
	Head
	WorkItemID   string `json:"workItemId"`
	AssigneeID   string `json:"assigneeId"`
	AssigneeName string `json:"assigneeName"`
}

// WorkItemComment is a comment on a work item.
type WorkItemComment struct {
	Head
	WorkItemID string     `json:"workItemId"`
	AccountID  string     `json:"accountId"`
	Body       string     `json:"body"`
	CreatedAt  *time.Time `json:"createdAt"`
	UpdatedAt  *time.Time `json:"updatedAt"`
}

// BoardWorkItem ties a work item to a board; an item may be on several.
type BoardWorkItem struct {
	Head
	BoardID    string `json:"boardId"`
	WorkItemID string `json:"workItemId"`
}

// Milestone is a target a tracker groups work items under.
type Milestone struct {
	Head
	ScopeID   string     `json:"scopeId"`
	Title     string     `json:"title"`
	URL       string     `json:"url"`
	State     string     `json:"state"`
	DueAt     *time.Time `json:"dueAt"`
	CreatedAt *time.Time `json:"createdAt"`
	UpdatedAt *time.Time `json:"updatedAt"`
	ClosedAt  *time.Time `json:"closedAt"`
}

// Sprint is a span of work on a board. A tool without sprints may have its milestones read as sprints.
type Sprint struct {
	Head
	Name            string     `json:"name"`
	URL             string     `json:"url"`
	Status          string     `json:"status"`
	StartedAt       *time.Time `json:"startedAt"`
	EndedAt         *time.Time `json:"endedAt"`
	CompletedAt     *time.Time `json:"completedAt"`
	OriginalBoardID string     `json:"originalBoardId"`
}

// BoardSprint ties a sprint to a board.
type BoardSprint struct {
	Head
	BoardID  string `json:"boardId"`
	SprintID string `json:"sprintId"`
}

// SprintWorkItem ties a work item to a sprint.
type SprintWorkItem struct {
	Head
	SprintID   string `json:"sprintId"`
	WorkItemID string `json:"workItemId"`
}

// ChangeRequest is a pull or merge request.
type ChangeRequest struct {
	Head
	BaseRepoID            string     `json:"baseRepoId"`
	HeadRepoID            string     `json:"headRepoId"`
	Status                string     `json:"status"`
	StatusRaw             string     `json:"statusRaw"`
	Number                int64      `json:"number"`
	Title                 string     `json:"title"`
	Description           string     `json:"description"`
	URL                   string     `json:"url"`
	AuthorID              string     `json:"authorId"`
	AuthorName            string     `json:"authorName"`
	MergedByID            string     `json:"mergedById"`
	MergedByName          string     `json:"mergedByName"`
	ParentChangeRequestID string     `json:"parentChangeRequestId"`
	Type                  string     `json:"type"`
	Component             string     `json:"component"`
	CreatedAt             *time.Time `json:"createdAt"`
	UpdatedAt             *time.Time `json:"updatedAt"`
	MergedAt              *time.Time `json:"mergedAt"`
	ClosedAt              *time.Time `json:"closedAt"`
	MergeCommitSHA        string     `json:"mergeCommitSha"`
	HeadRef               string     `json:"headRef"`
	BaseRef               string     `json:"baseRef"`
	BaseCommitSHA         string     `json:"baseCommitSha"`
	HeadCommitSHA         string     `json:"headCommitSha"`
	Additions             *int64     `json:"additions"`
	Deletions             *int64     `json:"deletions"`
	IsDraft               bool       `json:"isDraft"`
}

// ChangeRequestCommit is one commit of a change request as it was proposed (before any squash).
type ChangeRequestCommit struct {
	Head
	ChangeRequestID   string     `json:"changeRequestId"`
	CommitSHA         string     `json:"commitSha"`
	CommitAuthorName  string     `json:"commitAuthorName"`
	CommitAuthorEmail string     `json:"commitAuthorEmail"`
	CommitAuthoredAt  *time.Time `json:"commitAuthoredAt"`
}

// ChangeRequestLabel ties a label to a change request.
type ChangeRequestLabel struct {
	Head
	ChangeRequestID string `json:"changeRequestId"`
	LabelName       string `json:"labelName"`
}

// ChangeRequestItem ties a change request to a work item it closes or names.
type ChangeRequestItem struct {
	Head
	ChangeRequestID string `json:"changeRequestId"`
	WorkItemID      string `json:"workItemId"`
	Number          int64  `json:"number"`
	WorkItemKey     string `json:"workItemKey"`
}

// ReviewComment is a review or a comment on a change request.
type ReviewComment struct {
	Head
	ChangeRequestID string     `json:"changeRequestId"`
	Body            string     `json:"body"`
	AccountID       string     `json:"accountId"`
	CommitSHA       string     `json:"commitSha"`
	Type            string     `json:"type"`
	ReviewID        string     `json:"reviewId"`
	Status          string     `json:"status"`
	CreatedAt       *time.Time `json:"createdAt"`
	UpdatedAt       *time.Time `json:"updatedAt"`
}

// Reviewer ties an account to a change request it reviewed or was asked to review.
type Reviewer struct {
	Head
	ChangeRequestID string `json:"changeRequestId"`
	AccountID       string `json:"accountId"`
	Name            string `json:"name"`
}

// Commit is one commit of a repository.
type Commit struct {
	Head
	RepoID         string     `json:"repoId"`
	RepoURL        string     `json:"repoUrl"`
	SHA            string     `json:"sha"`
	ParentSHAs     []string   `json:"parentShas"`
	Message        string     `json:"message"`
	AuthorID       string     `json:"authorId"`
	AuthorName     string     `json:"authorName"`
	AuthorEmail    string     `json:"authorEmail"`
	AuthoredAt     *time.Time `json:"authoredAt"`
	CommitterID    string     `json:"committerId"`
	CommitterName  string     `json:"committerName"`
	CommitterEmail string     `json:"committerEmail"`
	CommittedAt    *time.Time `json:"committedAt"`
	Additions      *int64     `json:"additions"`
	Deletions      *int64     `json:"deletions"`
	// Paths are the files touched where the source tells; rules that map a path to an application use them.
	Paths []string `json:"paths,omitempty"`
}

// PipelineRun is one run of a CI/CD pipeline (CDEvents: pipelineRun; OpenTelemetry: cicd.pipeline.run).
type PipelineRun struct {
	Head
	ScopeID           string     `json:"scopeId"`
	Name              string     `json:"name"`
	DisplayTitle      string     `json:"displayTitle"`
	URL               string     `json:"url"`
	Result            string     `json:"result"`
	ResultRaw         string     `json:"resultRaw"`
	Status            string     `json:"status"`
	StatusRaw         string     `json:"statusRaw"`
	Type              string     `json:"type"`
	Environment       string     `json:"environment"`
	Attempt           int64      `json:"attempt"`
	CreatedAt         *time.Time `json:"createdAt"`
	QueuedAt          *time.Time `json:"queuedAt"`
	StartedAt         *time.Time `json:"startedAt"`
	FinishedAt        *time.Time `json:"finishedAt"`
	DurationSec       *float64   `json:"durationSec"`
	QueuedDurationSec *float64   `json:"queuedDurationSec"`
	// UpdatedAt orders the versions of the record where the source tells it; without it status and times do.
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
}

// PipelineRunCommit ties a pipeline run to the commit it ran on.
type PipelineRunCommit struct {
	Head
	PipelineRunID string `json:"pipelineRunId"`
	CommitSHA     string `json:"commitSha"`
	CommitMsg     string `json:"commitMsg"`
	DisplayTitle  string `json:"displayTitle"`
	URL           string `json:"url"`
	Branch        string `json:"branch"`
	RepoID        string `json:"repoId"`
	RepoURL       string `json:"repoUrl"`
}

// JobRun is one job of a pipeline run (CDEvents: taskRun).
type JobRun struct {
	Head
	PipelineRunID     string     `json:"pipelineRunId"`
	ScopeID           string     `json:"scopeId"`
	Name              string     `json:"name"`
	URL               string     `json:"url"`
	Result            string     `json:"result"`
	ResultRaw         string     `json:"resultRaw"`
	Status            string     `json:"status"`
	StatusRaw         string     `json:"statusRaw"`
	Type              string     `json:"type"`
	Environment       string     `json:"environment"`
	CreatedAt         *time.Time `json:"createdAt"`
	QueuedAt          *time.Time `json:"queuedAt"`
	StartedAt         *time.Time `json:"startedAt"`
	FinishedAt        *time.Time `json:"finishedAt"`
	DurationSec       *float64   `json:"durationSec"`
	QueuedDurationSec *float64   `json:"queuedDurationSec"`
	// UpdatedAt orders the versions of the record where the source tells it; without it status and times do.
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
}

// TestRun is one run of a test suite (CDEvents: testSuiteRun) with its counts.
type TestRun struct {
	Head
	Application   string     `json:"application"`
	Name          string     `json:"name"`
	URL           string     `json:"url"`
	Environment   string     `json:"environment"`
	PipelineRunID string     `json:"pipelineRunId"`
	CommitSHA     string     `json:"commitSha"`
	RepoURL       string     `json:"repoUrl"`
	Result        string     `json:"result"`
	ResultRaw     string     `json:"resultRaw"`
	Passed        *int64     `json:"passed"`
	Failed        *int64     `json:"failed"`
	Skipped       *int64     `json:"skipped"`
	StartedAt     *time.Time `json:"startedAt"`
	FinishedAt    *time.Time `json:"finishedAt"`
	// UpdatedAt orders the versions of the record where the source tells it; without it status and times do.
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
}

// Artifact is something a build made that can be deployed (CDEvents: artifact), identified by its package URL.
type Artifact struct {
	Head
	Application   string     `json:"application"`
	Name          string     `json:"name"`
	Version       string     `json:"version"`
	PURL          string     `json:"purl"`
	Digest        string     `json:"digest"`
	URL           string     `json:"url"`
	PipelineRunID string     `json:"pipelineRunId"`
	CommitSHA     string     `json:"commitSha"`
	RepoURL       string     `json:"repoUrl"`
	CreatedAt     *time.Time `json:"createdAt"`
}

// Release is a published version in a repository.
type Release struct {
	Head
	RepoID       string     `json:"repoId"`
	RepoURL      string     `json:"repoUrl"`
	Name         string     `json:"name"`
	TagName      string     `json:"tagName"`
	Description  string     `json:"description"`
	URL          string     `json:"url"`
	CommitSHA    string     `json:"commitSha"`
	IsDraft      bool       `json:"isDraft"`
	IsLatest     bool       `json:"isLatest"`
	IsPrerelease bool       `json:"isPrerelease"`
	AuthorID     string     `json:"authorId"`
	CreatedAt    *time.Time `json:"createdAt"`
	PublishedAt  *time.Time `json:"publishedAt"`
	UpdatedAt    *time.Time `json:"updatedAt"`
}

// Deployment is one attempt to bring a version into an environment (CDEvents: service.deployed).
type Deployment struct {
	Head
	// Application is the key or an alias of an application when the source names one; otherwise rules decide.
	Application string `json:"application"`
	// Service is the tool's own name of what was deployed, matched by rules.
	Service      string `json:"service"`
	ScopeID      string `json:"scopeId"`
	Name         string `json:"name"`
	DisplayTitle string `json:"displayTitle"`
	URL          string `json:"url"`
	Result       string `json:"result"`
	ResultRaw    string `json:"resultRaw"`
	Status       string `json:"status"`
	StatusRaw    string `json:"statusRaw"`
	// Environment is the instance ("prod-eu"); EnvironmentClass its class (PRODUCTION, STAGING, TESTING,
	// DEVELOPMENT or "").
	Environment      string     `json:"environment"`
	EnvironmentRaw   string     `json:"environmentRaw"`
	EnvironmentClass string     `json:"environmentClass"`
	Version          string     `json:"version"`
	CreatedAt        *time.Time `json:"createdAt"`
	QueuedAt         *time.Time `json:"queuedAt"`
	StartedAt        *time.Time `json:"startedAt"`
	FinishedAt       *time.Time `json:"finishedAt"`
	DurationSec      *float64   `json:"durationSec"`
	PipelineRunID    string     `json:"pipelineRunId"`
	DeployedByID     string     `json:"deployedById"`
	// IsRollback is true when the source says so; a deployment of an older commit is recognised without it.
	IsRollback bool `json:"isRollback"`
	// Rework is true when the source says this deployment was unplanned work caused by an incident.
	Rework *bool `json:"rework"`
	// FixesIncident is the external id, key or URL of an incident this deployment answers.
	FixesIncident string `json:"fixesIncident"`
	// UpdatedAt orders the versions of the record where the source tells it; without it status and times do.
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
}

// DeploymentCommit ties a deployment to a commit of one repository.
type DeploymentCommit struct {
	Head
	DeploymentID   string     `json:"deploymentId"`
	ScopeID        string     `json:"scopeId"`
	Name           string     `json:"name"`
	DisplayTitle   string     `json:"displayTitle"`
	URL            string     `json:"url"`
	Result         string     `json:"result"`
	ResultRaw      string     `json:"resultRaw"`
	Status         string     `json:"status"`
	StatusRaw      string     `json:"statusRaw"`
	Environment    string     `json:"environment"`
	EnvironmentRaw string     `json:"environmentRaw"`
	CreatedAt      *time.Time `json:"createdAt"`
	QueuedAt       *time.Time `json:"queuedAt"`
	StartedAt      *time.Time `json:"startedAt"`
	FinishedAt     *time.Time `json:"finishedAt"`
	DurationSec    *float64   `json:"durationSec"`
	CommitSHA      string     `json:"commitSha"`
	CommitMsg      string     `json:"commitMsg"`
	RefName        string     `json:"refName"`
	RepoID         string     `json:"repoId"`
	RepoURL        string     `json:"repoUrl"`
}

// Incident is a failure in service (CDEvents: incident).
type Incident struct {
	Head
	Application string     `json:"application"`
	Service     string     `json:"service"`
	Key         string     `json:"key"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	URL         string     `json:"url"`
	Severity    string     `json:"severity"`
	Urgency     string     `json:"urgency"`
	Status      string     `json:"status"`
	StatusRaw   string     `json:"statusRaw"`
	Environment string     `json:"environment"`
	StartedAt   *time.Time `json:"startedAt"`
	DetectedAt  *time.Time `json:"detectedAt"`
	ResolvedAt  *time.Time `json:"resolvedAt"`
	// CausedBy is the id, external id or URL of a deployment the source blames.
	CausedBy   string `json:"causedBy"`
	WorkItemID string `json:"workItemId"`
	// UpdatedAt orders the versions of the record where the source tells it; without it status and times do.
	UpdatedAt *time.Time `json:"updatedAt,omitempty"`
}
