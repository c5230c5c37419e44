package stack

import (
	"strings"
	"unicode/utf8"

	"millrace/internal/aspect/field"
	"millrace/internal/environment"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// Deps is what the package needs from the rest of the house.
type Deps struct {
	DB           *db.DB
	Clock        clock.Clock
	Lookups      *field.Lookups
	Environments *environment.Service
}

// Service holds the use cases of the package.
type Service struct {
	db           *db.DB
	clock        clock.Clock
	lookups      *field.Lookups
	environments *environment.Service
	facts        *ref.Facts
}

// New returns the service.
func New(d Deps) *Service {
	return &Service{db: d.DB, clock: d.Clock, lookups: d.Lookups, environments: d.Environments, facts: ref.NewFacts()}
}

const (
	maxName        = 200
	maxDescription = 10_000
)

// checkText notes a text that is empty where it must not be, too long, or not text.
func checkText(faults *problem.Fields, place, s string, required bool, limit int) {
	switch {
	case required && s == "":
		faults.Add(place, "required", "This must not be empty.")
	case utf8.RuneCountInString(s) > limit:
		faults.Add(place, "too_long", "This has too many characters.")
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		faults.Add(place, "not_text", "This holds characters that are not text.")
	}
}

// line puts a text into the form in which one-line texts are kept: single spaces, nothing around it.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

func set[T any](field *T, o httpapi.Optional[T]) {
	if o.Set {
		*field = o.Value // the zero value when sent as null
	}
}

func fault(place, code, message string) error {
	var faults problem.Fields
	faults.Add(place, code, message)
	return faults.Err(code, message)
}
