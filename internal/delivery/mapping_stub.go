package delivery

import "millrace/internal/platform/httpapi"

func (s *Service) mountMapping(api *httpapi.API)  {}
func (s *Service) mountAccounts(api *httpapi.API) {}
