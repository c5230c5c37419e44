package workflow

import (
	"context"
	"net/http"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
)

const tag = "workflows"

// GraphPath is the part of an address that names a graph.
type GraphPath struct {
	Subject string `path:"subject"`
	Type    string `query:"type" maxLength:"200" doc:"The id or name of a type; absent for the workflow of all types without their own."`
}

// RecordPath is the part of an address that names a record.
type RecordPath struct {
	ID string `path:"id"`
}

type graphOut struct {
	ETag string `header:"ETag"`
	Body GraphView
}

type courseOut struct {
	Body CourseView
}

func showCourse(c Course, err error) (*courseOut, error) {
	if err != nil {
		return nil, err
	}
	return &courseOut{Body: viewCourse(c)}, nil
}

// Mount registers the routes of graphs.
func (s *Service) Mount(api *httpapi.API) {
	view, manage := authz.Need(PermView), authz.Need(PermManage)
	op := func(method, path, id, summary string) httpapi.Operation {
		return httpapi.Operation{Method: method, Path: path, ID: id, Summary: summary, Tag: tag, Status: http.StatusOK}
	}
	httpapi.Handle(api, op(http.MethodGet, "/workflows", "list-workflows", "List the workflows by kind and type of record"), view,
		func(ctx context.Context, in *struct {
			Subject string `query:"subject" doc:"A kind of record; all where it is absent."`
		}) (*httpapi.ListOut[EntryView], error) {
			list, err := s.Graphs(ctx, in.Subject)
			if err != nil {
				return nil, err
			}
			return &httpapi.ListOut[EntryView]{Body: httpapi.Page[EntryView]{Items: viewEntries(ctx, list)}}, nil
		})
	httpapi.Handle(api, op(http.MethodGet, "/workflow-statuses", "list-workflow-statuses", "List the statuses of a kind of record, whatever the type"), view,
		func(ctx context.Context, in *struct {
			Subject string `query:"subject" required:"true"`
		}) (*httpapi.ListOut[StatusView], error) {
			list, err := s.Statuses(ctx, in.Subject)
			if err != nil {
				return nil, err
			}
			items := make([]StatusView, len(list))
			for i, st := range list {
				items[i] = viewStatus(st)
			}
			return &httpapi.ListOut[StatusView]{Body: httpapi.Page[StatusView]{Items: items}}, nil
		})
	httpapi.Handle(api, op(http.MethodGet, "/workflows/{subject}", "get-workflow", "Read the workflow of a type"), view,
		func(ctx context.Context, in *GraphPath) (*graphOut, error) {
			return s.showGraph(ctx, in.Subject, in.Type)
		})
	httpapi.Handle(api, op(http.MethodPut, "/workflows/{subject}", "draw-workflow", "Set the whole workflow of a type"), manage,
		func(ctx context.Context, in *struct {
			GraphPath
			httpapi.IfMatch
			DryRun bool `query:"dryRun" doc:"Save nothing; answer with the workflow as it would be and what else would happen."`
			Body   Drawing
		}) (*graphOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			d, err := s.Draw(ctx, in.Subject, in.Type, version, in.Body, in.DryRun)
			return s.shownDrawn(ctx, d, err)
		})
	httpapi.Handle(api, op(http.MethodDelete, "/workflows/{subject}", "delete-workflow", "Delete the own workflow of a type, so that it follows that of all types"), manage,
		func(ctx context.Context, in *struct {
			GraphPath
			httpapi.IfMatch
			DryRun bool `query:"dryRun" doc:"Delete nothing; answer with what would happen."`
		}) (*graphOut, error) {
			version, err := in.Version()
			if err != nil {
				return nil, err
			}
			d, err := s.DeleteGraph(ctx, in.Subject, in.Type, version, nil, in.DryRun)
			return s.shownDrawn(ctx, d, err)
		})
}

func (s *Service) showGraph(ctx context.Context, subject, typ string) (*graphOut, error) {
	d, names, err := s.Graph(ctx, subject, typ)
	if err != nil {
		return nil, err
	}
	return &graphOut{ETag: httpapi.ETag(d.Version), Body: viewGraph(ctx, d, names)}, nil
}

func (s *Service) shownDrawn(ctx context.Context, d Drawn, err error) (*graphOut, error) {
	if err != nil {
		return nil, err
	}
	names, err := s.namesOf(ctx, d.Graph)
	if err != nil {
		return nil, err
	}
	return &graphOut{ETag: httpapi.ETag(d.Version), Body: viewGraph(ctx, d, names)}, nil
}

// MountSubject registers a kind of record and the routes of its course below the record's own address.
func (s *Service) MountSubject(api *httpapi.API, subject Subject) {
	if _, known := s.subjects[subject.Kind]; !known {
		s.Register(subject)
	}
	kind, path, group := subject.Kind, subject.PathPrefix+"/{id}/workflow", subject.Tag
	if group == "" {
		group = kind
	}
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: path, ID: "get-" + kind + "-workflow", Tag: group,
		Summary: "Read where the record stands, where it may go and how it came there"}, authz.Need(subject.View),
		func(ctx context.Context, in *RecordPath) (*courseOut, error) {
			return showCourse(s.Course(ctx, kind, in.ID))
		})
	if subject.Moved == nil {
		return
	}
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: path + "/moves", ID: "move-" + kind, Tag: group, Status: http.StatusOK,
		Summary: "Move the record to another status"}, authz.Need(subject.Manage),
		func(ctx context.Context, in *struct {
			RecordPath
			Body Step
		}) (*courseOut, error) {
			return showCourse(s.MoveRecord(ctx, kind, in.ID, in.Body))
		})
}
