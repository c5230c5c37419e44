package cdevents

import (
	"context"
	"io"
	"net/http"

	"millrace/internal/delivery"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
)

// Ingester takes normalised records; delivery implements it.
type Ingester interface {
	Ingest(ctx context.Context, batch delivery.Batch) (delivery.Result, error)
}

// Accepted answers a sender of events.
type Accepted struct {
	Events   int64 `json:"events"`
	Records  int64 `json:"records"`
	Unmapped int64 `json:"unmapped"`
}

// Mount registers the door through which holders of a token send CDEvents without a connection.
func Mount(api *httpapi.API, ingest Ingester, report authz.Permission) {
	httpapi.HandleRaw(api, httpapi.Operation{
		Method: http.MethodPost, Path: "/cdevents", ID: "receive-cdevents", Tag: "connections", Summary: "Send CDEvents with an access token",
		Description: "CloudEvents HTTP binding: structured (application/cloudevents+json), batched (application/cloudevents-batch+json) or binary mode. The same event again, or events out of order, do no harm.",
		MaxBody:     8 << 20,
	}, authz.Need(report), func(w http.ResponseWriter, r *http.Request) {
		done, err := accept(r, ingest)
		if err != nil {
			api.WriteError(w, r, err)
			return
		}
		httpapi.WriteJSON(w, http.StatusAccepted, done)
	})
}

func accept(r *http.Request, ingest Ingester) (Accepted, error) {
	var done Accepted
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return done, err
	}
	raws, err := Read(r.Header, body)
	if err != nil {
		return done, err
	}
	batch := delivery.Batch{Source: "cdevents", Interactive: true}
	for _, raw := range raws {
		records, unmapped, err := Map(raw)
		if err != nil {
			return done, err
		}
		done.Events++
		done.Unmapped += int64(len(unmapped))
		batch.Records = append(batch.Records, records...)
	}
	done.Records = int64(len(batch.Records))
	if done.Unmapped == done.Events && done.Events > 0 {
		return done, problem.New(problem.Invalid, "cdevent_type_unknown", "None of the events is of a type that CDEvents define.")
	}
	if len(batch.Records) == 0 {
		return done, nil
	}
	result, err := ingest.Ingest(r.Context(), batch)
	if err != nil || len(result.Rejected) == 0 {
		return done, err
	}
	return done, rejected(result.Rejected)
}

// rejected tells a sender which records delivery did not take; the others are kept.
func rejected(all []delivery.Rejection) error {
	var faults problem.Fields
	for _, r := range all {
		code := problem.CodeOf(r.Err)
		if code == "" {
			code = "record_rejected"
		}
		message := r.Err.Error()
		if p := problem.Of(r.Err); p != nil {
			message = p.Message
		}
		faults.Add(string(r.Head.Kind)+" "+r.Head.ExternalID, code, message)
	}
	return faults.Err("records_rejected", "Some of what the events say could not be taken; the rest was kept.")
}
