package github

import (
	"strconv"

	"millrace/internal/connector"
	"millrace/internal/delivery"
)

// Mapper maps the pages of one connection one after another and remembers what later pages need of earlier ones: the
// ids behind the numbers of issues and pull requests, what is known of each account, and which runs have a deploy job
// of their own. It is not safe for concurrent use.
type Mapper struct {
	rules Rules
	known *memory
}

// NewMapper returns a Mapper that remembers nothing yet.
func NewMapper(rules Rules) *Mapper { return &Mapper{rules: rules, known: newMemory()} }

// Map is [Map] with what earlier pages told.
func (p *Mapper) Map(page connector.Page) ([]delivery.Record, []Unmapped, error) {
	return mapPage(&p.rules, page, p.known)
}

// memory is nil in the pure [Map]; all its methods work on nil.
type memory struct {
	ids      map[string]string
	accounts map[string]delivery.ToolAccount
	decided  map[string]bool
}

func newMemory() *memory {
	return &memory{ids: map[string]string{}, accounts: map[string]delivery.ToolAccount{}, decided: map[string]bool{}}
}

func (k *memory) learn(entity, repo, number, external string) {
	if k == nil || number == "" {
		return
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil {
		k.ids[numberRef(entity, repo, n)] = external
	}
}

// find returns the id behind a number, or the reference by number when the thing has not been seen.
func (k *memory) find(entity, repo string, n int64) string {
	by := numberRef(entity, repo, n)
	if k != nil {
		if external, ok := k.ids[by]; ok {
			return external
		}
	}
	return by
}

func (k *memory) has(entity, repo string, n int64) bool {
	if k == nil {
		return false
	}
	_, ok := k.ids[numberRef(entity, repo, n)]
	return ok
}

func (k *memory) account(a delivery.ToolAccount) delivery.ToolAccount {
	if k == nil {
		return a
	}
	if old, ok := k.accounts[a.ExternalID]; ok {
		a = mergeAccounts(old, a)
	}
	k.accounts[a.ExternalID] = a
	return a
}

func (k *memory) decidedByJob(run string) {
	if k != nil {
		k.decided[run] = true
	}
}

func (k *memory) isDecidedByJob(run string) bool { return k != nil && k.decided[run] }
