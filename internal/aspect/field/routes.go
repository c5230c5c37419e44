package field

import "millrace/internal/platform/httpapi"

// Mount registers the routes of lists and of custom fields.
func (s *Service) Mount(api *httpapi.API) {
	s.Lookups.mount(api)
	s.mountFields(api)
}
