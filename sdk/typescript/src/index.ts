// Everything that an application may use.
export { Client, connect, type ClientEvents, type ClientOptions, type NewItem, type Place, type Status } from './client.js';
export { ConnectionLost, type EndReason } from './connection.js';
export { IndexedDbStorage, type IndexedDbOptions, type Locks } from './indexeddb.js';
export { compareItems, type ItemField } from './item.js';
export type { Change, Operation } from './operation.js';
export type { Refusal } from './outbox.js';
export type { ListView } from './overlay.js';
export { positionBetween } from './position.js';
export type { Activity } from './presence.js';
export { resolveByField, type Choice, type Conflict, type Resolver } from './rebase.js';
export type { Role, StoredList } from './replica.js';
export { RequestError } from './requests.js';
export type { Sharing, SharedRole } from './sharing.js';
export { MemoryStorage, type StateChanges, type Storage, type StoredState } from './storage.js';
export type { ListSummary } from './store.js';
export { claimsOf, type TokenReason, type TokenSource } from './token.js';
export type { UndoResult } from './undo.js';
export type { Failure, Item, ItemUpdates, Limits, Member, Presence, ShareLink, Trash } from './wire.js';
