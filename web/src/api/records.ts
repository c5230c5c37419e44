// What any record can carry lies below the record's own address, alike for every kind.

const places = {
  application: "/api/v1/applications/{id}",
  environment: "/api/v1/environments/{id}",
  environment_group: "/api/v1/environment-groups/{id}",
  booking: "/api/v1/bookings/{id}",
  outage: "/api/v1/outages/{id}",
  freeze: "/api/v1/freezes/{id}",
  booking_request: "/api/v1/booking-requests/{id}",
  environment_change_request: "/api/v1/environment-change-requests/{id}",
} as const;

export type RecordKind = keyof typeof places;

export function isRecordKind(kind: string): kind is RecordKind {
  return kind in places;
}

/**
 * The address of a part of a record, for the typed client. The parts are alike wherever they lie, so the client takes
 * the type of one of them for all.
 */
export function partOf<Part extends string>(kind: string, part: Part): `/api/v1/environments/{id}/${Part}` {
  if (!isRecordKind(kind)) throw new Error(`records of the kind ${kind} have no parts`);
  return `${places[kind]}/${part}` as `/api/v1/environments/{id}/${Part}`;
}
