package demo

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"millrace/internal/delivery"
)

// Months is how far the history goes back.
const Months = 18

// history writes the story of one application.
type history struct {
	r       *rand.Rand
	plan    *Plan
	app     Application
	index   int
	now     time.Time
	head    string // newest commit of the main branch
	number  int
	records []delivery.Record
	// merged are the changes that no production deployment has taken along yet.
	last map[string]string // environment → commit running there
	// recover is set while an incident's repair is under way.
	incidents int
}

// History returns the records of one application from Months ago to now. The same seed, application and day give the
// same records.
func (p *Plan) History(seed uint64, index int, now time.Time) []delivery.Record {
	h := &history{
		r: rand.New(rand.NewPCG(seed, uint64(index)+100)), plan: p, app: p.Applications[index], index: index,
		now: now.UTC().Truncate(time.Minute), last: map[string]string{},
	}
	start := h.now.AddDate(0, -Months, 0)
	h.add(delivery.Repository{Head: h.id(delivery.KindRepository, "repository"), Name: h.app.Name, URL: h.app.Repository, DefaultRef: "main", CreatedAt: &start})
	h.commit(start, 0, "Start "+h.app.Name, nil)
	next := start.Add(h.days(h.app.pace * h.r.Float64()))
	for at := start.Add(h.days(1)); at.Before(h.now); {
		// Changes are merged through the time until the next deployment; then what is merged goes out.
		changes := 1 + h.r.IntN(3)
		for range changes {
			at = at.Add(h.days(h.app.pace / float64(changes) * (0.5 + h.r.Float64())))
			if at = h.working(at); at.Before(h.now) {
				h.change(at)
			}
		}
		if at.After(next) && at.Before(h.now) {
			h.release(at.Add(time.Duration(20+h.r.IntN(300)) * time.Minute))
			next = at
		}
	}
	return h.records
}

// Accounts are the accounts under which the people of the plan are known to the tools.
func (p *Plan) Accounts(now time.Time) []delivery.Record {
	since := now.UTC().Truncate(time.Minute).AddDate(0, -Months, 0)
	out := make([]delivery.Record, len(p.People))
	for i, one := range p.People {
		out[i] = delivery.ToolAccount{
			Head: delivery.Head{Kind: delivery.KindToolAccount, ExternalID: "account:demo/" + one.Login}, UserName: one.Login, FullName: one.Name, Email: one.Email,
			URL: "https://git.halden.example/" + one.Login, Organization: p.Company, CreatedAt: &since,
		}
	}
	return out
}

func (h *history) add(r ...delivery.Record) { h.records = append(h.records, r...) }

func (h *history) days(d float64) time.Duration { return time.Duration(d * 24 * float64(time.Hour)) }

func (h *history) id(kind delivery.RecordKind, native string) delivery.Head {
	return delivery.Head{Kind: kind, ExternalID: fmt.Sprintf("%s:demo/%s/%s", kind, h.app.Key, native)}
}

// working moves a moment to the next working hour of a weekday.
func (h *history) working(t time.Time) time.Time {
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.Add(24 * time.Hour)
	}
	if t.Hour() < 8 || t.Hour() > 17 {
		t = time.Date(t.Year(), t.Month(), t.Day(), 8+h.r.IntN(9), h.r.IntN(60), 0, 0, time.UTC)
	}
	return t
}

func (h *history) member() Person {
	members := h.plan.Teams[h.app.Team].Members
	return h.plan.People[members[h.r.IntN(len(members))]]
}

func (h *history) sha(parts ...any) string {
	sum := sha1.Sum([]byte(fmt.Sprint(append([]any{h.app.Key, len(h.records)}, parts...)...)))
	return hex.EncodeToString(sum[:])
}

// commit puts a commit on the main branch and returns its id.
func (h *history) commit(at time.Time, minutesBefore int, message string, author *Person) string {
	if author == nil {
		p := h.member()
		author = &p
	}
	sha := h.sha(message, at)
	authored := at.Add(-time.Duration(minutesBefore) * time.Minute)
	c := delivery.Commit{
		Head: delivery.Head{Kind: delivery.KindCommit, ExternalID: "commit:" + sha}, RepoURL: h.app.Repository, SHA: sha, Message: message,
		AuthorName: author.Name, AuthorEmail: author.Email, AuthoredAt: &authored, CommitterName: author.Name, CommitterEmail: author.Email, CommittedAt: &at,
	}
	if h.head != "" {
		c.ParentSHAs = []string{h.head}
	}
	h.add(c)
	h.head = sha
	return sha
}

var subjects = []string{"retry timed-out calls", "validate input earlier", "show balances in the right currency", "speed up the nightly batch", "log the correlation id",
	"drop an unused column", "support the new message format", "cache reference data", "tighten access checks", "fix a rounding error", "make the timeout a setting",
	"handle an empty answer", "upgrade the client library", "split the large query", "add an audit entry", "accept a second address line"}

// change is one change request with its commits, review, build and work item, merged at the given moment. It returns
// the merge commit.
func (h *history) change(merged time.Time) string {
	h.number++
	author, reviewer := h.member(), h.member()
	title := subjects[h.r.IntN(len(subjects))]
	span := h.days(math.Min(12, h.app.size*(0.2+h.r.ExpFloat64())))
	first := merged.Add(-span)
	opened := first.Add(time.Duration(float64(span) * (0.2 + 0.4*h.r.Float64())))
	native := fmt.Sprint(h.number)
	cr := h.id(delivery.KindChangeRequest, native)
	n := 1 + h.r.IntN(3)
	for i := range n {
		at := first.Add(time.Duration(float64(opened.Sub(first)) * float64(i) / float64(n)))
		sha := h.sha("branch", i, merged)
		h.add(delivery.ChangeRequestCommit{
			Head: h.id(delivery.KindChangeRequestCommit, native+"/"+sha), ChangeRequestID: cr.ExternalID, CommitSHA: sha,
			CommitAuthorName: author.Name, CommitAuthorEmail: author.Email, CommitAuthoredAt: &at,
		})
	}
	reviewed := opened.Add(time.Duration(float64(merged.Sub(opened)) * (0.3 + 0.6*h.r.Float64())))
	sha := h.commit(merged, 0, fmt.Sprintf("%s (#%d)", title, h.number), &author)
	additions, deletions := int64(5+h.r.IntN(240)), int64(h.r.IntN(90))
	h.add(
		delivery.ChangeRequest{
			Head: cr, BaseRepoID: h.app.Repository, HeadRepoID: h.app.Repository, Status: delivery.ChangeMerged, StatusRaw: "merged", Number: int64(h.number),
			Title: title, URL: fmt.Sprintf("%s/changes/%d", h.app.Repository, h.number), AuthorName: author.Name, MergedByName: reviewer.Name,
			CreatedAt: &opened, UpdatedAt: &merged, MergedAt: &merged, ClosedAt: &merged, MergeCommitSHA: sha, HeadRef: fmt.Sprintf("change-%d", h.number), BaseRef: "main",
			Additions: &additions, Deletions: &deletions,
		},
		delivery.ReviewComment{
			Head: h.id(delivery.KindReviewComment, native), ChangeRequestID: cr.ExternalID, Type: delivery.CommentReview, Status: "APPROVED",
			AccountID: "account:demo/" + reviewer.Login, CreatedAt: &reviewed,
		},
	)
	h.workItem(native, title, cr.ExternalID, first, merged, author)
	h.build(native, sha, merged)
	return sha
}

func (h *history) workItem(native, title, change string, started, done time.Time, by Person) {
	created := started.Add(-h.days(1 + h.r.ExpFloat64()*6))
	kind := []string{delivery.TypeRequirement, delivery.TypeRequirement, delivery.TypeBug, delivery.TypeTask}[h.r.IntN(4)]
	w := h.id(delivery.KindWorkItem, native)
	lead := int64(done.Sub(created).Minutes())
	h.add(
		delivery.WorkItem{
			Head: w, Application: h.app.Key, Key: h.app.Key + "-" + native, Title: title, URL: h.app.Repository + "/issues/" + native, Type: kind, TypeRaw: kind, Status: delivery.StatusDone,
			StatusRaw: "Done", CreatedAt: &created, UpdatedAt: &done, ResolvedAt: &done, LeadTimeMinutes: &lead, AssigneeName: by.Name, CreatorName: by.Name,
		},
		delivery.WorkItemChange{Head: h.id(delivery.KindWorkItemChange, native+"/1"), WorkItemID: w.ExternalID, FieldID: "status", FieldName: "status",
			OriginalFromValue: "To do", OriginalToValue: "In progress", FromValue: delivery.StatusTodo, ToValue: delivery.StatusInProgress, AuthorName: by.Name, CreatedAt: &started},
		delivery.WorkItemChange{Head: h.id(delivery.KindWorkItemChange, native+"/2"), WorkItemID: w.ExternalID, FieldID: "status", FieldName: "status",
			OriginalFromValue: "In progress", OriginalToValue: "Done", FromValue: delivery.StatusInProgress, ToValue: delivery.StatusDone, AuthorName: by.Name, CreatedAt: &done},
		delivery.ChangeRequestItem{Head: h.id(delivery.KindChangeRequestItem, native), ChangeRequestID: change, WorkItemID: w.ExternalID, WorkItemKey: h.app.Key + "-" + native},
	)
}

func (h *history) build(native, sha string, at time.Time) {
	run := h.id(delivery.KindPipelineRun, native)
	started := at.Add(time.Duration(5+h.r.IntN(60)) * time.Second)
	finished := started.Add(time.Duration(3+h.r.IntN(15)) * time.Minute)
	if finished.After(h.now) {
		return
	}
	result := delivery.ResultSuccess
	if h.r.IntN(14) == 0 {
		result = delivery.ResultFailure
	}
	seconds := finished.Sub(started).Seconds()
	h.add(
		delivery.PipelineRun{Head: run, ScopeID: h.app.Repository, Name: "build", Type: delivery.PipelineBuild, Result: result, ResultRaw: result, Status: delivery.StatusDone,
			StatusRaw: "completed", CreatedAt: &at, QueuedAt: &at, StartedAt: &started, FinishedAt: &finished, DurationSec: &seconds},
		delivery.PipelineRunCommit{Head: h.id(delivery.KindPipelineRunCommit, native), PipelineRunID: run.ExternalID, CommitSHA: sha, Branch: "main", RepoURL: h.app.Repository},
	)
}
