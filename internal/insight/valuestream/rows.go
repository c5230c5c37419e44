package valuestream

// Flag marks something about a derived row; a row carries a set of them.
type Flag uint16

// The flags of deployments and changes.
const (
	// FlagFirst: the first successful deployment of its environment instance.
	FlagFirst Flag = 1 << iota
	// FlagRollback: brought back an older commit, or the source says so.
	FlagRollback
	// FlagRedeploy: the commit that was running already.
	FlagRedeploy
	// FlagRework: unplanned, made because of an incident.
	FlagRework
	// FlagRetried: failed, and the same commit succeeded at once; the two are one deployment.
	FlagRetried
	// FlagNoCommit: the source names no commit.
	FlagNoCommit
	// FlagCommitUnknown: the named commit is in no known history.
	FlagCommitUnknown
	// FlagAfterUnknown: the deployment before it named an unknown commit, so some changes may have been out earlier.
	FlagAfterUnknown
	// FlagFirstAfterMerge: the first commit is younger than the merge (a rebase, a wrong clock); the merge counts.
	FlagFirstAfterMerge
	// FlagMergedAfterDeployment: deployed before it was merged; the span from the merge counts as zero.
	FlagMergedAfterDeployment
	// FlagFirstEstimated: the commits of the request are not known, the first is taken from the merged history.
	FlagFirstEstimated
)

// Remedy says what ended the trouble a deployment made.
type Remedy uint8

// The remedies.
const (
	RemedyNone Remedy = iota
	// RemedyRollback: a deployment of an older commit.
	RemedyRollback
	// RemedyHotfix: a deployment the source calls unplanned work.
	RemedyHotfix
	// RemedyNextSuccess: the next deployment that succeeded after an attempt that failed.
	RemedyNextSuccess
)

// Reason says why a row is left out of a metric. The zero value means that it is not left out.
type Reason uint8

// The reasons, with the stable codes of reasonCodes.
const (
	ReasonNone Reason = iota
	ReasonFirstDeployment
	ReasonUnrelatedHistory
	ReasonNotDeployed
	ReasonMergeCommitUnknown
	ReasonFirstCommitUnknown
	ReasonNotMerged
	ReasonNotFinished
	ReasonCancelled
	ReasonFailedAttempt
	ReasonRetried
	ReasonIncidentOpen
	ReasonNotRecovered
	ReasonUnattributed
	ReasonNoCandidate
	ReasonOverriddenNone
	ReasonCommitUnknown
	ReasonNoCommit
	reasonCount
)

var reasonCodes = [reasonCount]string{
	"", "first_deployment", "unrelated_history", "not_deployed", "merge_commit_unknown", "first_commit_unknown",
	"not_merged", "not_finished", "cancelled", "failed_attempt", "retried", "incident_open", "not_recovered",
	"unattributed", "no_candidate", "overridden_none", "commit_unknown", "no_commit",
}

// String returns the reason's stable code.
func (r Reason) String() string {
	if r < reasonCount {
		return reasonCodes[r]
	}
	return ""
}

// ChangeKind says what a change row stands for.
type ChangeKind uint8

// The kinds of change rows.
const (
	// ChangeRequestKind: a change request.
	ChangeRequestKind ChangeKind = iota
	// ChangeCommitKind: a commit that belongs to no request.
	ChangeCommitKind
	// ChangeHistoryKind: everything a deployment without a comparable predecessor contains, as one excluded row.
	ChangeHistoryKind
)

// DeploymentRow is what is derived of one deployment.
type DeploymentRow struct {
	ID            int64
	Class         Class
	Result        Result
	Flags         Flag
	Remedy        Remedy
	Environment   string
	StartedAt     int64
	FinishedAt    int64 // 0 when it has not ended
	NewCommits    int32 // new to its environment instance
	RemedyID      int64
	RemediedAt    int64
	FixesIncident int64
}

// Counts reports whether the deployment is part of the denominators: it ended in success or failure and is not merely
// the failed half of a retry.
func (d *DeploymentRow) Counts() bool {
	return d.FinishedAt > 0 && (d.Result == ResultSuccess || d.Result == ResultFailure && d.Flags&FlagRetried == 0)
}

// FailedWithoutIncident reports whether the deployment needed intervention by its own record: it failed, or it was
// rolled back or fixed.
func (d *DeploymentRow) FailedWithoutIncident() bool {
	return d.Counts() && (d.Result == ResultFailure || d.Remedy == RemedyRollback || d.Remedy == RemedyHotfix)
}

// ChangeRow is one change in one environment class of one application.
type ChangeRow struct {
	Kind       ChangeKind
	ID         int64 // request, commit or, for history, the deployment
	Class      Class
	Reason     Reason
	Flags      Flag
	Deployment int64 // 0 when not deployed
	DeployedAt int64 // when not deployed: when it was merged, so that it has its place in time
	FirstAt    int64
	MergedAt   int64
	Count      int32 // changes the row stands for
}

// AppRows is everything derived of one application.
type AppRows struct {
	Deployments []DeploymentRow
	Changes     []ChangeRow
}
