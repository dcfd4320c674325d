// Written by scripts/generate_wire.js from docs/asyncapi.json; do not edit. Version 1.0.0 of the protocol.

/** What a client has of a list: the epoch and the newest rev that it saw. */
export interface KnownPosition {
  /** Revisions compare within one epoch only. */
  epoch: string;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number | string;
}

/** Enters the rooms of all the user's lists: one `list_snapshot` per list, then `user_lists`. For a list in `known`: `list_delta`, or nothing if it is current. Who never had a list gets `My TODOs`. */
export interface JoinEvent {
  /** What the client has already, by list id. */
  known?: Record<string, KnownPosition> | null;
}

/** Everything that was asked for has been emitted. */
export type Joined = object;

/** It is done. `rev` is that of the change, or of its first time if it was a repeat. */
export interface Done {
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev?: number | null;
}

/** Why something was refused. */
export interface Failure {
  /** The event that this would have been without an ack. */
  event: string;
  /** For a program. */
  code: string;
  /** For a person. */
  message: string;
  /** Every fault of the payload; with `invalid_payload`. */
  errors?: Fault[] | null;
  /** The item as it stands; with some conflicts. */
  item?: Item | null;
  /** When to try again; with `rate_limited` and `unavailable`. */
  retry_after_ms?: number | null;
}

/** One fault of a payload, as Pydantic reports it. */
export interface Fault {
  /** The path to the field: names, and indices as numbers. */
  loc: unknown[];
  /** For a person. */
  msg: string;
  /** For a program: `missing`, `string_too_long`, ... */
  type: string;
}

/** An item, whole. */
export interface Item {
  id: string;
  /** The list. */
  list_id: string;
  name: string;
  description: string | null;
  /** Follows `done` when only that is given. */
  status: 'not_started' | 'in_progress' | 'completed';
  /** Follows `status` when only that is given. */
  done: boolean;
  /** ISO 8601: a date stays a date. */
  due_date: string | null;
  media_url: string | null;
  /** A fractional index. Items sort by (position, id), compared bytewise. */
  position: string;
  is_deleted: boolean;
  /** The revision of the last change of any of its fields. */
  rev: number;
  created_at: string;
  updated_at: string;
  /** User id. */
  created_by: string;
  /** User id. */
  updated_by: string;
}

/** Enters the room of one list; answers with `list_snapshot`, or `list_delta` after `since`. */
export interface JoinListEvent {
  /** The list. */
  list_id: string;
  /** What the client has of it already. */
  since?: KnownPosition | null;
}

/** Creates a list that the user owns: `list_created` to this socket, `list_snapshot` to the user's others. */
export interface CreateListEvent {
  /** Another name of `name`. Both with different values are a fault. */
  list_name?: string;
  /** White space at both ends is removed first. */
  name?: string;
  /** The new list's id, if the client wants to choose it. One that is taken is refused, never overwritten. */
  list_id?: string | null;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Renames a list. The room gets `list_updated`. */
export interface UpdateListEvent {
  /** The list. */
  list_id: string;
  /** Another name of `name`. Both with different values are a fault. */
  list_name?: string;
  /** White space at both ends is removed first. */
  name?: string;
  /** Another name of `client_rev`. Both with different values are a fault. */
  rev?: number | string | null;
  /** The newest rev of the list that the client has seen. What changed after it conflicts; without it the last write wins. */
  client_rev?: number | string | null;
  /** The epoch of that rev. Another one than the list's is a conflict. */
  client_epoch?: string | null;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Deletes a list; it stays in the owner's trash for a while. Owner only. The room gets `list_deleted`. */
export interface DeleteListEvent {
  /** The list. */
  list_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Brings a deleted list back. Owner only. Answers as `create_list` does. */
export interface RestoreListEvent {
  /** The list. */
  list_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Creates an item. The room gets `item_added`. */
export interface AddItemEvent {
  /** The list. */
  list_id: string;
  /** White space at both ends is removed first. */
  name: string;
  description?: string | null;
  /** Follows `done` when only that is given. */
  status?: 'not_started' | 'in_progress' | 'completed' | null;
  /** Follows `status` when only that is given. */
  done?: boolean | null;
  /** ISO 8601: a date stays a date. */
  due_date?: string | null;
  media_url?: string | null;
  /** The new item's id, if the client wants to choose it. One that is taken is refused, never overwritten. */
  item_id?: string | null;
  /** A fractional index; default: at the end. */
  position?: string | null;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** The fields to write. One left out is untouched; null clears description, due_date and media_url. Other keys are faults. */
export interface ItemUpdates {
  /** White space at both ends is removed first. */
  name?: string;
  description?: string | null;
  /** Follows `done` when only that is given. */
  status?: 'not_started' | 'in_progress' | 'completed';
  /** Follows `status` when only that is given. */
  done?: boolean;
  /** ISO 8601: a date stays a date. */
  due_date?: string | null;
  media_url?: string | null;
  /** A fractional index. Items sort by (position, id), compared bytewise. */
  position?: string;
}

/** Writes fields of an item, given in `updates` or at top level, but not both. The room gets `item_updated`. An update that writes nothing new is answered ok with the present rev, and no event. */
export interface UpdateItemEvent {
  /** White space at both ends is removed first. */
  name?: string;
  description?: string | null;
  /** Follows `done` when only that is given. */
  status?: 'not_started' | 'in_progress' | 'completed';
  /** Follows `status` when only that is given. */
  done?: boolean;
  /** ISO 8601: a date stays a date. */
  due_date?: string | null;
  media_url?: string | null;
  /** A fractional index. Items sort by (position, id), compared bytewise. */
  position?: string;
  /** The list. */
  list_id: string;
  /** The item, unique within its list. */
  item_id: string;
  updates?: ItemUpdates | null;
  /** Another name of `client_rev`. Both with different values are a fault. */
  rev?: number | string | null;
  /** The newest rev of the list that the client has seen. What changed after it conflicts; without it the last write wins. */
  client_rev?: number | string | null;
  /** The epoch of that rev. Another one than the list's is a conflict. */
  client_epoch?: string | null;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Deletes an item; it stays in the trash for a while. The room gets `item_deleted`. */
export interface DeleteItemEvent {
  /** The list. */
  list_id: string;
  /** The item, unique within its list. */
  item_id: string;
  /** Another name of `client_rev`. Both with different values are a fault. */
  rev?: number | string | null;
  /** The newest rev of the list that the client has seen. What changed after it conflicts; without it the last write wins. */
  client_rev?: number | string | null;
  /** The epoch of that rev. Another one than the list's is a conflict. */
  client_epoch?: string | null;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Brings a deleted item back. The room gets `item_added`. */
export interface RestoreItemEvent {
  /** The list. */
  list_id: string;
  /** The item, unique within its list. */
  item_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** What can be restored: deleted items of a list, or, without list_id, deleted lists of the user. */
export interface GetTrashEvent {
  /** The list. */
  list_id?: string | null;
}

/** The deleted items of a list, or the deleted lists of the user. */
export interface Trash {
  /** The list. */
  list_id?: string | null;
  items?: Item[] | null;
  lists?: DeletedList[] | null;
}

export interface DeletedList {
  /** The list. */
  list_id: string;
  list_name: string;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  deleted_at: string;
}

/** Makes somebody a member, or changes a member's role. Owner only. `list_shared_with_you` to the other user's sockets, `list_share_success` to the sender, `members_changed` to the room. */
export interface ShareListEvent {
  /** The list. */
  list_id: string;
  /** Whom to share with: this or `email`. */
  shared_user_id?: string | null;
  /** Whom to share with: this or `shared_user_id`. */
  email?: string | null;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role: 'editor' | 'viewer';
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Removes a member. Owner only. The room gets `members_changed`; who was removed gets `list_deleted`. */
export interface UnshareListEvent {
  /** The list. */
  list_id: string;
  /** The user, as the token's `sub` names it. */
  user_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Ends one's own membership; the owner transfers the list first. The room gets `members_changed`, the user `list_deleted`. */
export interface LeaveListEvent {
  /** The list. */
  list_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Makes another member the owner. Owner only. The room gets `members_changed`. */
export interface TransferListEvent {
  /** The list. */
  list_id: string;
  /** The user, as the token's `sub` names it. */
  user_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Makes a link whose holder may become a member. Owner only. */
export interface CreateShareLinkEvent {
  /** The list. */
  list_id: string;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role: 'editor' | 'viewer';
  /** When the link ends, RFC 3339; default: when it is revoked. */
  expires_at?: string | null;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** A share link. Its code is shown this once; a repeated op_id answers without it. */
export interface NewShareLink {
  link_id: string;
  code?: string | null;
  url?: string | null;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev?: number | null;
}

/** The share links of a list. Owner only. */
export interface ListShareLinksEvent {
  /** The list. */
  list_id: string;
}

export interface ShareLinks {
  /** The list. */
  list_id: string;
  links: ShareLink[];
}

/** A link that has not been revoked. Nobody can see its code again. */
export interface ShareLink {
  link_id: string;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role: 'editor' | 'viewer';
  expires_at: string | null;
  created_at: string;
}

/** Ends a share link; who became a member by it stays one. Owner only. */
export interface RevokeShareLinkEvent {
  link_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Makes the holder of a link's code a member: as being shared with. */
export interface AcceptShareLinkEvent {
  code: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** One event of an offline queue. What is wrong with it is its own reply's matter. */
export interface BatchOp {
  /** An event that changes something; not `batch`. */
  event: string;
  /** Its payload. */
  data?: unknown;
}

/** An offline queue, in order. One op's refusal does not stop the others, but after `unavailable` the rest answer `unavailable`, untried. At most one conflict snapshot per list, at the end. */
export interface BatchEvent {
  ops: BatchOp[];
}

/** One reply per op, in order, each as its own ack would be. */
export interface BatchReplies {
  replies: unknown[];
}

/** A fresh token of the same user on a live connection. */
export interface AuthenticateEvent {
  /** A JWT. */
  token: string;
}

/** Says what the user is doing in a list. Never stored; ends with the socket, or 10 s after the last refresh. */
export interface PresenceEvent {
  /** The list. */
  list_id: string;
  /** Where in the list, if anywhere. */
  item_id?: string | null;
  /** A short word of the client's choosing, such as `viewing` or `editing`. */
  state: string;
}

/** What this server allows; 0 is no limit. */
export interface Limits {
  max_payload: number;
  events_per_second: number;
  items_per_list: number;
  lists_per_user: number;
  members_per_list: number;
  batch_ops: number;
}

/** The token is good; the socket is in its user's personal room. */
export interface ConnectedEvent {
  /** The user, as the token's `sub` names it. */
  user_id: string;
  server_time: string;
  server_version: string;
  limits: Limits;
}

/** A list of the user's; without `items` where the client's copy is current or got a delta. */
export interface ListEntry {
  /** The list. */
  list_id: string;
  list_name: string;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  /** Revisions compare within one epoch only. */
  epoch: string;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role: 'owner' | 'editor' | 'viewer';
  owner_id: string;
  /** Who has access now. E-mail addresses are never shown. */
  members: Member[];
  items?: Record<string, Item> | null;
}

/** Somebody who has access to a list. */
export interface Member {
  /** The user, as the token's `sub` names it. */
  user_id: string;
  /** What others see; null if nobody knows. */
  name: string | null;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role: 'owner' | 'editor' | 'viewer';
}

/** All lists of the user, after `join`. A list that is missing is no longer the user's. */
export interface UserListsEvent {
  lists: ListEntry[];
}

/** A list, whole: on joining, after a conflict (to the sender alone), and when a list was created by another of the user's sockets. `items` holds live items only. */
export interface ListSnapshotEvent {
  /** The list. */
  list_id: string;
  list_name: string;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  /** Revisions compare within one epoch only. */
  epoch: string;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role: 'owner' | 'editor' | 'viewer';
  owner_id: string;
  /** Who has access now. E-mail addresses are never shown. */
  members: Member[];
  items: Record<string, Item>;
}

/** All that changed after `base_rev`, instead of a snapshot. What is left out has not changed. */
export interface ListDeltaEvent {
  /** The list. */
  list_id: string;
  /** Revisions compare within one epoch only. */
  epoch: string;
  /** The rev that the client had. */
  base_rev: number;
  /** The list's rev now. */
  rev: number;
  /** Live items that changed, whole. */
  items: Item[];
  /** Ids of items that were deleted. */
  deleted: string[];
  list_name?: string | null;
  /** Who has access now. E-mail addresses are never shown. */
  members?: Member[] | null;
  owner_id?: string | null;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role?: 'owner' | 'editor' | 'viewer' | null;
}

/** A list, whole; `id` and `name` are its list_id and list_name. */
export interface List {
  /** The list. */
  list_id: string;
  list_name: string;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  /** Revisions compare within one epoch only. */
  epoch: string;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role: 'owner' | 'editor' | 'viewer';
  owner_id: string;
  /** Who has access now. E-mail addresses are never shown. */
  members: Member[];
  items: Record<string, Item>;
  id: string;
  name: string;
}

/** To the socket that created (or restored) the list, which is in its room already. */
export interface ListCreatedEvent {
  /** The list. */
  list_id: string;
  list_name: string;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  /** Revisions compare within one epoch only. */
  epoch: string;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role: 'owner' | 'editor' | 'viewer';
  owner_id: string;
  /** Who has access now. E-mail addresses are never shown. */
  members: Member[];
  items: Record<string, Item>;
  list: List;
}

/** The list was renamed. To its room. */
export interface ListUpdatedEvent {
  /** The list. */
  list_id: string;
  list_name: string;
  owner_id: string;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  /** The list's revision before: the event that came before this one. */
  prev_rev: number;
  /** The user, as the token's `sub` names it. */
  user_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** The list is gone for this socket, which has left its room: it was deleted, the user was removed, or left. */
export interface ListDeletedEvent {
  /** The list. */
  list_id: string;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  /** The list's revision before: the event that came before this one. */
  prev_rev: number;
  reason: 'deleted' | 'removed' | 'left';
}

/** An item was created, or restored from the trash. To the list's room. */
export interface ItemAddedEvent {
  /** The list. */
  list_id: string;
  item: Item;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  /** The list's revision before: the event that came before this one. */
  prev_rev: number;
  /** The user, as the token's `sub` names it. */
  user_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** Fields of an item changed; `item` is whole. To the list's room. */
export interface ItemUpdatedEvent {
  /** The list. */
  list_id: string;
  item: Item;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  /** The list's revision before: the event that came before this one. */
  prev_rev: number;
  /** The user, as the token's `sub` names it. */
  user_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** An item was deleted. To the list's room. */
export interface ItemDeletedEvent {
  /** The list. */
  list_id: string;
  /** The item, unique within its list. */
  item_id: string;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  /** The list's revision before: the event that came before this one. */
  prev_rev: number;
  /** The user, as the token's `sub` names it. */
  user_id: string;
  /** A UUID of the client's choosing. Sent twice, applied once: a repeat is answered with the first rev. */
  op_id?: string | null;
}

/** The user has become a member. To all the user's sockets, which are in the list's room already. */
export interface ListSharedWithYouEvent {
  list: List;
  /** The list. */
  list_id: string;
  message: string;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role: 'owner' | 'editor' | 'viewer';
}

/** To who shared a list. An e-mail that has no account answers as one that has. */
export interface ListShareSuccessEvent {
  /** The list. */
  list_id: string;
  /** The user id or the e-mail, as it was given. */
  shared_with: string;
  /** What this user may do: a viewer reads, an editor writes, the owner shares and deletes. */
  role: 'editor' | 'viewer';
  message: string;
}

/** Who has access, or who owns the list, has changed; also sent when a share link was made or revoked, so that revs stay a chain. To the list's room. */
export interface MembersChangedEvent {
  /** The list. */
  list_id: string;
  /** Who has access now. E-mail addresses are never shown. */
  members: Member[];
  owner_id: string;
  /** The revision after the change: epoch milliseconds, strictly increasing per list. */
  rev: number;
  /** The list's revision before: the event that came before this one. */
  prev_rev: number;
}

export interface Presence {
  /** The user, as the token's `sub` names it. */
  user_id: string;
  name: string | null;
  /** The item, unique within its list. */
  item_id?: string | null;
  /** White space at both ends is removed first. */
  state: string;
}

/** Who is looking at the list now. At most twice a second to the list's room. */
export interface PresenceStateEvent {
  /** The list. */
  list_id: string;
  users: Presence[];
}

/** Anything else. Codes `revision_conflict` (after a `list_snapshot`), `rate_limited`, `unavailable` (the outcome may be unknown: repeat with the same op_id), `unknown_event`, `internal`. */
export interface ErrorEvent {
  /** The event that this would have been without an ack. */
  event: string;
  /** For a program. */
  code: string;
  /** For a person. */
  message: string;
  /** Every fault of the payload; with `invalid_payload`. */
  errors?: Fault[] | null;
  /** The item as it stands; with some conflicts. */
  item?: Item | null;
  /** When to try again; with `rate_limited` and `unavailable`. */
  retry_after_ms?: number | null;
}

/** The action cannot be done. Codes `not_found` (never existed), `gone` (deleted), `already_exists`, `limit_exceeded`. */
export interface ActionErrorEvent {
  /** The event that this would have been without an ack. */
  event: string;
  /** For a program. */
  code: string;
  /** For a person. */
  message: string;
  /** Every fault of the payload; with `invalid_payload`. */
  errors?: Fault[] | null;
  /** The item as it stands; with some conflicts. */
  item?: Item | null;
  /** When to try again; with `rate_limited` and `unavailable`. */
  retry_after_ms?: number | null;
}

/** The token is at fault. Codes `token_missing`, `token_invalid`, `token_expired`. */
export interface AuthErrorEvent {
  /** The event that this would have been without an ack. */
  event: string;
  /** For a program. */
  code: string;
  /** For a person. */
  message: string;
  /** Every fault of the payload; with `invalid_payload`. */
  errors?: Fault[] | null;
  /** The item as it stands; with some conflicts. */
  item?: Item | null;
  /** When to try again; with `rate_limited` and `unavailable`. */
  retry_after_ms?: number | null;
}

/** Not a member, or the role is too low: the same answer whether or not the list exists. Code `forbidden`. */
export interface PermissionErrorEvent {
  /** The event that this would have been without an ack. */
  event: string;
  /** For a program. */
  code: string;
  /** For a person. */
  message: string;
  /** Every fault of the payload; with `invalid_payload`. */
  errors?: Fault[] | null;
  /** The item as it stands; with some conflicts. */
  item?: Item | null;
  /** When to try again; with `rate_limited` and `unavailable`. */
  retry_after_ms?: number | null;
}

/** The payload does not fit the schema; `errors` has every fault. Code `invalid_payload`. */
export interface ValidationErrorEvent {
  /** The event that this would have been without an ack. */
  event: string;
  /** For a program. */
  code: string;
  /** For a person. */
  message: string;
  /** Every fault of the payload; with `invalid_payload`. */
  errors?: Fault[] | null;
  /** The item as it stands; with some conflicts. */
  item?: Item | null;
  /** When to try again; with `rate_limited` and `unavailable`. */
  retry_after_ms?: number | null;
}

/** What a client may send, and what it is answered. */
export interface ClientEvents {
  join: { data: JoinEvent; reply: Joined };
  join_list: { data: JoinListEvent; reply: Joined };
  create_list: { data: CreateListEvent; reply: ListCreatedEvent };
  update_list: { data: UpdateListEvent; reply: ListUpdatedEvent };
  delete_list: { data: DeleteListEvent; reply: ListDeletedEvent };
  restore_list: { data: RestoreListEvent; reply: ListCreatedEvent };
  add_item: { data: AddItemEvent; reply: ItemAddedEvent };
  update_item: { data: UpdateItemEvent; reply: ItemUpdatedEvent };
  delete_item: { data: DeleteItemEvent; reply: ItemDeletedEvent };
  restore_item: { data: RestoreItemEvent; reply: ItemAddedEvent };
  get_trash: { data: GetTrashEvent; reply: Trash };
  share_list: { data: ShareListEvent; reply: ListShareSuccessEvent };
  unshare_list: { data: UnshareListEvent; reply: MembersChangedEvent };
  leave_list: { data: LeaveListEvent; reply: Done };
  transfer_list: { data: TransferListEvent; reply: MembersChangedEvent };
  create_share_link: { data: CreateShareLinkEvent; reply: NewShareLink };
  list_share_links: { data: ListShareLinksEvent; reply: ShareLinks };
  revoke_share_link: { data: RevokeShareLinkEvent; reply: Done };
  accept_share_link: { data: AcceptShareLinkEvent; reply: ListSharedWithYouEvent };
  batch: { data: BatchEvent; reply: BatchReplies };
  authenticate: { data: AuthenticateEvent; reply: Done };
  presence: { data: PresenceEvent; reply: Done };
}

/** What the server sends. */
export interface ServerEvents {
  connected: ConnectedEvent;
  user_lists: UserListsEvent;
  list_snapshot: ListSnapshotEvent;
  list_delta: ListDeltaEvent;
  list_created: ListCreatedEvent;
  list_updated: ListUpdatedEvent;
  list_deleted: ListDeletedEvent;
  item_added: ItemAddedEvent;
  item_updated: ItemUpdatedEvent;
  item_deleted: ItemDeletedEvent;
  list_shared_with_you: ListSharedWithYouEvent;
  list_share_success: ListShareSuccessEvent;
  members_changed: MembersChangedEvent;
  presence_state: PresenceStateEvent;
  error: ErrorEvent;
  action_error: ActionErrorEvent;
  auth_error: AuthErrorEvent;
  permission_error: PermissionErrorEvent;
  validation_error: ValidationErrorEvent;
}

export type ClientEvent = keyof ClientEvents;
export type ServerEvent = keyof ServerEvents;

/** An acknowledgement. Of a repeated `op_id` it has `rev` alone. */
export type Reply<E extends ClientEvent = ClientEvent> =
  | ({ ok: true } & Partial<ClientEvents[E]['reply']> & Done)
  | { ok: false; error: Failure };
