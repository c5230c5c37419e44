import { api, ok } from "@/api/client";

export interface Invitation {
  name: string;
  email: string;
  /** To hand over; it works once and is never shown again. */
  link: string;
  /** Whether it was also sent to the person. */
  mailed: boolean;
}

/** Invites a person to sign in. */
export async function invite(person: { name: string; email: string; unitId: string }): Promise<Invitation> {
  const { name, email, unitId } = person;
  const made = await ok(api.POST("/api/v1/invitations", { body: { name, email, unitId } }));
  return { name, email, link: made.link, mailed: made.mailed };
}
