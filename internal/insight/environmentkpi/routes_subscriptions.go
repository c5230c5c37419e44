package environmentkpi

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

func (s *Service) mountSubscriptions(api *httpapi.API) {
	may := authz.Need(PermSubscribe)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/report-subscriptions", ID: "list-report-subscriptions", Tag: tag,
		Summary: "Your subscriptions to the monthly report"}, authz.SignedIn(), s.handleSubscriptions)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/report-subscriptions", ID: "subscribe-to-report", Tag: tag, Status: http.StatusCreated,
		Summary:     "Have the report of every month mailed",
		Description: "It is made with the rights you have when it is sent, in the morning of the day on the clocks of your zone."}, may, s.handleSubscribe)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPatch, Path: "/report-subscriptions/{id}", ID: "change-report-subscription", Tag: tag,
		Summary: "Change a subscription"}, may, s.handleChangeSubscription)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/report-subscriptions/{id}", ID: "unsubscribe-from-report", Tag: tag, Status: http.StatusNoContent,
		Summary: "End a subscription"}, authz.SignedIn(), s.handleUnsubscribe)
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/report-subscriptions/{id}/run", ID: "run-report-subscription", Tag: tag, Status: http.StatusAccepted,
		Summary: "Mail the report of the last full month now"}, may, s.handleRun)
}

// SubscriptionID is the path of the routes about one subscription.
type SubscriptionID struct {
	ID string `path:"id" maxLength:"100"`
}

type subscriptionOut struct {
	ETag string `header:"ETag"`
	Body SubscriptionView
}

func answerSubscription(v SubscriptionView, err error) (*subscriptionOut, error) {
	if err != nil {
		return nil, err
	}
	return &subscriptionOut{ETag: httpapi.ETag(v.Version), Body: v}, nil
}

func (s *Service) handleSubscriptions(ctx context.Context, in *httpapi.Paging) (*httpapi.ListOut[SubscriptionView], error) {
	page, err := s.ListSubscriptions(ctx, in.Cursor, in.Limit)
	return &httpapi.ListOut[SubscriptionView]{Body: page}, err
}

func (s *Service) handleSubscribe(ctx context.Context, in *struct{ Body SubscriptionBody }) (*subscriptionOut, error) {
	return answerSubscription(s.Subscribe(ctx, in.Body))
}

func (s *Service) handleChangeSubscription(ctx context.Context, in *struct {
	SubscriptionID
	httpapi.IfMatch
	Body SubscriptionBody
}) (*subscriptionOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return answerSubscription(s.ChangeSubscription(ctx, in.ID, version, in.Body))
}

func (s *Service) handleUnsubscribe(ctx context.Context, in *SubscriptionID) (*struct{}, error) {
	return nil, s.Unsubscribe(ctx, in.ID)
}

func (s *Service) handleRun(ctx context.Context, in *SubscriptionID) (*struct{}, error) {
	return nil, s.RunNow(ctx, in.ID)
}
