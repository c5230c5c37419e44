package identity

import (
	"strings"

	"millrace/internal/platform/events"
)

// observe sees every committed event of this node and empties the cache of principals when one may change who somebody
// is or what they may do.
func (s *Service) observe(e events.Event) {
	kind := string(e.Kind)
	if strings.HasPrefix(kind, "people.") || strings.HasPrefix(kind, "identity.") {
		s.cache.empty()
	}
}
