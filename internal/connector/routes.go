package connector

import (
	"context"
	"io"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/ref"
)

type (
	// ConnectionID names a connection in the path; huma fills embedded structs only when they are exported.
	ConnectionID struct {
		ID ref.Connection `path:"id"`
	}
	connectionOut struct {
		ETag string `header:"ETag"`
		Body Connection
	}
	runOut          struct{ Body Run }
	itemsOut[T any] struct {
		Body struct {
			Items []T  `json:"items" nullable:"false"`
			More  bool `json:"more,omitempty" doc:"The tool has more; search to narrow."`
		}
	}
)

func items[T any](all []T, more bool, err error) (*itemsOut[T], error) {
	if err != nil {
		return nil, err
	}
	out := &itemsOut[T]{}
	out.Body.Items, out.Body.More = all, more
	return out, nil
}

func one(c Connection, err error) (*connectionOut, error) {
	if err != nil {
		return nil, err
	}
	return &connectionOut{ETag: httpapi.ETag(c.Version), Body: c}, nil
}

func op(method, path, id, summary string) httpapi.Operation {
	return httpapi.Operation{Method: method, Path: path, ID: id, Summary: summary, Tag: "connections"}
}

// Mount registers the routes.
func (s *Service) Mount(api *httpapi.API) {
	view, manage, run := authz.Need(PermView), authz.Need(PermManage), authz.Need(PermRun)
	httpapi.Handle(api, op("GET", "/connector-kinds", "list-connector-kinds", "List what can be connected"), view,
		func(context.Context, *struct{}) (*itemsOut[Description], error) { return items(s.Kinds(), false, nil) })
	httpapi.Handle(api, op("GET", "/connections", "list-connections", "List connections"), view,
		func(ctx context.Context, in *ConnectionFilter) (*httpapi.ListOut[Connection], error) {
			page, err := s.ListConnections(ctx, *in)
			return &httpapi.ListOut[Connection]{Body: page}, err
		})
	create := op("POST", "/connections", "create-connection", "Add a connection")
	create.Status = http.StatusCreated
	httpapi.Handle(api, create, manage, func(ctx context.Context, in *struct{ Body NewConnection }) (*connectionOut, error) {
		return one(s.CreateConnection(ctx, in.Body))
	})
	httpapi.Handle(api, op("GET", "/connections/{id}", "get-connection", "Show a connection"), view,
		func(ctx context.Context, in *ConnectionID) (*connectionOut, error) {
			return one(s.GetConnection(ctx, in.ID))
		})
	httpapi.Handle(api, op("PATCH", "/connections/{id}", "change-connection", "Change a connection or its rules"), manage,
		func(ctx context.Context, in *struct {
			ConnectionID
			httpapi.IfMatch
			Body ConnectionChange
		}) (*connectionOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return one(s.ChangeConnection(ctx, in.ID, version, in.Body))
		})
	httpapi.Handle(api, op("DELETE", "/connections/{id}", "remove-connection", "Remove a connection; the facts it brought stay"), manage,
		func(ctx context.Context, in *struct {
			ConnectionID
			httpapi.IfMatch
		}) (*struct{}, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			return nil, s.RemoveConnection(ctx, in.ID, version)
		})
	httpapi.Handle(api, op("POST", "/connections/{id}/verifications", "verify-connection", "Try a connection"), manage,
		func(ctx context.Context, in *ConnectionID) (*struct{ Body Verification }, error) {
			v, err := s.VerifyConnection(ctx, in.ID)
			return &struct{ Body Verification }{v}, err
		})
	s.mountScopes(api, view, manage)
	s.mountRuns(api, view, run)
	s.mountWebhooks(api, view, run)
}

func (s *Service) mountScopes(api *httpapi.API, view, manage authz.Guard) {
	httpapi.Handle(api, op("GET", "/connections/{id}/available-scopes", "list-available-scopes", "Ask the tool what can be collected"), manage,
		func(ctx context.Context, in *struct {
			ConnectionID
			Query string `query:"q" maxLength:"200"`
			Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"200"`
		}) (*itemsOut[ChosenScope], error) {
			return items(s.AvailableScopes(ctx, in.ID, in.Query, in.Limit))
		})
	httpapi.Handle(api, op("GET", "/connections/{id}/scopes", "list-scopes", "List what is collected and how fresh it is"), view,
		func(ctx context.Context, in *ConnectionID) (*itemsOut[ChosenScope], error) {
			all, err := s.ListScopes(ctx, in.ID)
			return items(all, false, err)
		})
	httpapi.Handle(api, op("PATCH", "/connections/{id}/scopes", "choose-scopes", "Choose what is collected"), manage,
		func(ctx context.Context, in *struct {
			ConnectionID
			Body ScopeChoice
		}) (*itemsOut[ChosenScope], error) {
			all, err := s.ChooseScopes(ctx, in.ID, in.Body)
			return items(all, false, err)
		})
	httpapi.Handle(api, op("GET", "/connections/{id}/unmapped-pages", "list-unmapped-pages", "List what the rules could not map"), view,
		func(ctx context.Context, in *ConnectionID) (*itemsOut[UnmappedPage], error) {
			all, err := s.ListUnmapped(ctx, in.ID)
			return items(all, false, err)
		})
}

func (s *Service) mountRuns(api *httpapi.API, view, run authz.Guard) {
	start := op("POST", "/connections/{id}/runs", "start-run", "Collect now, or map history again under changed rules")
	start.Status = http.StatusAccepted
	httpapi.Handle(api, start, run, func(ctx context.Context, in *struct {
		ConnectionID
		Body struct {
			Kind  string `json:"kind" enum:"PULL,REPLAY" default:"PULL"`
			Scope string `json:"scope,omitempty" doc:"Only this chosen scope."`
		}
	}) (*runOut, error) {
		r, err := s.RequestRun(ctx, in.ID, in.Body.Kind, in.Body.Scope)
		return &runOut{r}, err
	})
	httpapi.Handle(api, op("GET", "/connections/{id}/runs", "list-runs", "List runs, newest first"), view,
		func(ctx context.Context, in *struct {
			ConnectionID
			httpapi.Paging
		}) (*httpapi.ListOut[Run], error) {
			page, err := s.ListRuns(ctx, in.ID, in.Paging)
			return &httpapi.ListOut[Run]{Body: page}, err
		})
	httpapi.Handle(api, op("GET", "/connection-runs", "list-active-runs", "List the runs under way"), view,
		func(ctx context.Context, _ *struct{}) (*itemsOut[Run], error) {
			all, err := s.RunningRuns(ctx)
			return items(all, false, err)
		})
	type runID struct {
		ID ref.Run `path:"id"`
	}
	httpapi.Handle(api, op("GET", "/connection-runs/{id}", "get-run", "Show a run"), view,
		func(ctx context.Context, in *runID) (*runOut, error) {
			r, err := s.GetRun(ctx, in.ID)
			return &runOut{r}, err
		})
	httpapi.Handle(api, op("POST", "/connection-runs/{id}/cancellation", "cancel-run", "Cancel a run"), run,
		func(ctx context.Context, in *runID) (*runOut, error) {
			r, err := s.CancelRun(ctx, in.ID)
			return &runOut{r}, err
		})
}

func (s *Service) mountWebhooks(api *httpapi.API, view, run authz.Guard) {
	httpapi.Handle(api, op("GET", "/connections/{id}/webhook-deliveries", "list-webhook-deliveries", "List received webhooks"), view,
		func(ctx context.Context, in *struct {
			ConnectionID
			httpapi.Paging
			State string `query:"state" enum:"RECEIVED,DONE,FAILED"`
		}) (*httpapi.ListOut[WebhookDelivery], error) {
			page, err := s.ListWebhooks(ctx, in.ID, in.Paging, in.State)
			return &httpapi.ListOut[WebhookDelivery]{Body: page}, err
		})
	httpapi.Handle(api, op("POST", "/connections/{id}/webhook-deliveries/{delivery}/retry", "retry-webhook-delivery", "Work a failed webhook again"), run,
		func(ctx context.Context, in *struct {
			ConnectionID
			Delivery string `path:"delivery"`
		}) (*struct{}, error) {
			return nil, s.RetryWebhook(ctx, in.ID, in.Delivery)
		})
	receive := op("POST", "/webhooks/{connection}", "receive-webhook", "The door for a tool's webhooks")
	receive.Description = "The request must carry the tool's signature over the body, made with the connection's webhook secret. It is kept before it is acknowledged and worked afterwards; the same push again is acknowledged and not worked twice."
	receive.MaxBody, receive.OwnCredentials = MaxWebhookBody, true
	httpapi.HandleRaw(api, receive, authz.Public(), func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		ack, err := s.ReceiveWebhook(r.Context(), ref.Connection(r.PathValue("connection")), r.Header, body)
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		status := http.StatusAccepted
		if ack.Duplicate {
			status = http.StatusOK
		}
		httpapi.WriteJSON(w, status, ack)
	})
}
