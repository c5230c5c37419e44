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
	batch := delivery.Batch{Source: "cdevents"}
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
	_, err = ingest.Ingest(r.Context(), batch)
	return done, err
}
