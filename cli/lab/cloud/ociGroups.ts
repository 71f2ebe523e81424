import { z } from "zod";
import { noTags, tags } from "./ociTags.js";
import { demandNewName, find, invalid, shown, type Tenancy } from "./ociTenancy.js";
import { Refusal, type Route } from "./service.js";

const changeable = { description: z.string().max(400), ...tags };
const groupCreation = z.strictObject({
  compartmentId: z.string(),
  name: z.string().regex(/^[\w.-]{1,100}$/, "must be letters, digits and any of . _ -"),
  ...changeable,
});
const groupChange = z.strictObject(changeable).partial();
const membershipCreation = z.strictObject({ userId: z.string(), groupId: z.string() });

/** Groups and who is in them (https://docs.oracle.com/iaas/api/#/en/identity/20160918/Group/). */
export function groupRoutes(tenancy: Tenancy): Route[] {
  const { users, groups, memberships } = tenancy;
  return [
    {
      call: "POST /20160918/groups",
      handle({ body }) {
        const details = groupCreation.parse(body);
        if (details.compartmentId !== tenancy.id)
          throw invalid("groups live in the tenancy, not in a compartment");
        demandNewName(groups, details.name, "Group");
        const group = { ...tenancy.resource("group", details.compartmentId), ...noTags, ...details };
        groups.set(group.id, group);
        return shown(group);
      },
    },
    { call: "GET /20160918/groups/:id", handle: ({ params }) => shown(find(groups, params["id"], "group")) },
    {
      call: "PUT /20160918/groups/:id",
      handle({ params, body }) {
        const group = find(groups, params["id"], "group");
        return shown(Object.assign(group, groupChange.parse(body)));
      },
    },
    {
      call: "DELETE /20160918/groups/:id",
      handle({ params }) {
        const { id } = find(groups, params["id"], "group");
        for (const { groupId } of memberships.values()) {
          if (groupId === id) throw new Refusal(409, "Conflict", "the group is not empty");
        }
        groups.delete(id);
        return { status: 204 };
      },
    },
    {
      call: "POST /20160918/userGroupMemberships",
      handle({ body }) {
        const { userId, groupId } = membershipCreation.parse(body);
        find(users, userId, "user");
        find(groups, groupId, "group");
        for (const other of memberships.values()) {
          if (other.userId === userId && other.groupId === groupId) {
            throw new Refusal(409, "MembershipAlreadyExists", "the user is in the group already");
          }
        }
        const membership = { ...tenancy.resource("groupmembership", tenancy.id), userId, groupId };
        memberships.set(membership.id, membership);
        return shown(membership);
      },
    },
    {
      call: "GET /20160918/userGroupMemberships/:id",
      handle: ({ params }) => shown(find(memberships, params["id"], "group membership")),
    },
    {
      call: "DELETE /20160918/userGroupMemberships/:id",
      handle({ params }) {
        memberships.delete(find(memberships, params["id"], "group membership").id);
        return { status: 204 };
      },
    },
  ];
}
