package booking

import "millrace/internal/platform/httpapi"

func (s *Service) mountSchedule(*httpapi.API)  {}
func (s *Service) mountFeeds(*httpapi.API)     {}
func (s *Service) mountDecisions(*httpapi.API) {}
