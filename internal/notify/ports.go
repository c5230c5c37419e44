package notify

import (
	"context"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// Principals tells what a person may see. app gives the grants that people keeps.
type Principals interface {
	// PrincipalOf returns the person as they would act if they were signed in now; nil when they are inactive or not known.
	PrincipalOf(ctx context.Context, tx db.Tx, person ref.Person) (*authz.Principal, error)
}
