import { api, ok } from "@/api/client";

export interface Invitation {
  name: string;
  email: string;
  /** Present where no mail is set up, or where the inviter hands the link over. */
  link: string;
}

/** Invites a person to sign in. */
export async function invite(person: { id: string; name: string; email: string }): Promise<Invitation> {
  const made = await ok(api.POST("/api/v1/invitations", { body: { personId: person.id } }));
  return { name: person.name, email: person.email, link: made.link ?? "" };
}
