package catalog

import "millrace/internal/platform/httpapi"

func (s *Service) mountFiles(*httpapi.API) {}
