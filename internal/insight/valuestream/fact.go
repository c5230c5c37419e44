package valuestream

import "millrace/internal/platform/ref"

// Class is an environment class.
type Class uint8

// The environment classes. ClassOther stands for environments that no rule has mapped to a class.
const (
	ClassOther Class = iota
	ClassProduction
	ClassStaging
	ClassTesting
	ClassDevelopment
	classCount
)

var classNames = [classCount]string{"", "PRODUCTION", "STAGING", "TESTING", "DEVELOPMENT"}

// String returns the class as the API writes it.
func (c Class) String() string {
	if c < classCount {
		return classNames[c]
	}
	return ""
}

// ParseClass reads the API's form; a word it does not know is ClassOther and false.
func ParseClass(s string) (Class, bool) {
	for i, n := range classNames {
		if n == s {
			return Class(i), true
		}
	}
	return ClassOther, false
}

// Result is how an attempt to deploy ended.
type Result uint8

// The results. ResultNone stands for an attempt that has not ended or whose end no rule understands.
const (
	ResultNone Result = iota
	ResultSuccess
	ResultFailure
	ResultCancelled
	resultCount
)

var resultNames = [resultCount]string{"", "SUCCESS", "FAILURE", "CANCELLED"}

// String returns the result as the API writes it.
func (r Result) String() string {
	if r < resultCount {
		return resultNames[r]
	}
	return ""
}

// ParseResult reads the API's form; anything else is ResultNone.
func ParseResult(s string) Result {
	for i, n := range resultNames {
		if n == s {
			return Result(i)
		}
	}
	return ResultNone
}

// Tri is a yes, a no, or nothing said.
type Tri int8

// The three answers.
const (
	Unsaid Tri = 0
	Yes    Tri = 1
	No     Tri = -1
)

// CommitRef names a commit of a repository. Commits are known by their id, which follows from repository and sha.
type CommitRef struct {
	Repository int64
	Commit     int64
}

// DeploymentFact is one attempt to bring commits into an environment instance. Times are microseconds since 1970 and 0
// when unknown, here and in every other fact.
type DeploymentFact struct {
	ID          int64
	Environment string // the instance, "prod-eu"
	StartedAt   int64
	FinishedAt  int64
	Commits     []CommitRef
	// FixesIncident is the incident the source says this deployment answers, 0 when it names none or one that is not
	// known; in the latter case NamesIncident is true.
	FixesIncident int64
	NamesIncident bool
	Rollback      bool // the source calls it a rollback
	Rework        Tri  // the source calls it unplanned work caused by an incident, or says it is none
	Class         Class
	Result        Result
}

// CommitFact is one commit. Its parents need not be known.
type CommitFact struct {
	ID          int64
	Parent1     int64 // 0 when it has none
	Parent2     int64
	More        []int64
	AuthoredAt  int64
	CommittedAt int64
}

// single reports whether the commit has exactly one parent, merges whether it has several.
func (c *CommitFact) single() bool { return c.Parent1 != 0 && !c.merges() }
func (c *CommitFact) merges() bool { return c.Parent2 != 0 || len(c.More) > 0 }

// RequestState is the state of a change request.
type RequestState uint8

// The states of a change request.
const (
	RequestOpen RequestState = iota
	RequestMerged
	RequestClosed
)

// ProposedCommit is a commit of a change request as it was proposed, before any squash or rebase.
type ProposedCommit struct {
	Commit     int64
	AuthoredAt int64
}

// RequestFact is a change request.
type RequestFact struct {
	ID       int64
	State    RequestState
	Merge    int64 // the merge commit, 0 when unknown
	Head     int64 // the last commit before the merge, 0 when unknown
	MergedAt int64
	Commits  []ProposedCommit
	// Fixes is an incident the request closes or names, 0 when it names none; FixesSince is when that began.
	Fixes      int64
	FixesSince int64
}

// IncidentFact is a failure in service.
type IncidentFact struct {
	ID          int64
	Application ref.App
	Environment string
	Class       Class // ClassOther when the source names none; production is assumed then
	StartedAt   int64
	ResolvedAt  int64
	CausedBy    int64 // the deployment the source blames, 0 when it names none
}

// AppFacts is what is known of one application's deliveries.
type AppFacts struct {
	Application  ref.App
	Deployments  []DeploymentFact
	Repositories map[int64]*Repository
}
