// Package workflow moves records through statuses that an administrator draws: per kind and type of record a graph of
// statuses and the transitions between them, who may set a status, which fields must be filled in for it, and how long a
// record may stay there before its service level is breached.
//
// Statuses belong to a kind of record, so that lists filter by "Approved" whatever the type; a graph says which of them a
// type uses, in which order, and what holds there. The graph of the empty type holds for every type without its own. A
// graph that is switched off lets everybody who may edit the record choose any status of the kind.
//
// An owner mounts its kind of record ([Subject]) with the graphs a new installation begins with, calls Start when a record
// is made, Move in its own use case or through the mounted route, and ForgetRecord when a record goes.
//
// It owns the tables workflow_graph, workflow_status, workflow_node, workflow_edge, workflow_step and workflow_seed. It
// declares workflow.view_workflow and workflow.manage_workflow; graphs belong to the whole organisation.
//
// Event kinds: workflow.status_changed and workflow.sla_breached in the history of the record, workflow.graph_changed and
// workflow.graph_deleted.
//
// It asks of others: [Mandatory] (field implements it), [Calendar] for working time, what standing reads, v_lookup for
// the types, and of each owner a [Subject].
//
// Invariants: a record stands on one status at a time (workflow_step_open); a breach is told once.
package workflow
