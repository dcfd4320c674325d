// What a role may do with a list. The server checks it too; here it decides what is offered.
import type { Role } from '@collab-todo/client';

/** The longest name of a list that the server takes, in characters. */
export const listNameMax = 255;

export const mayRename = (role: Role): boolean => role !== 'viewer';
/** Members, links, and who the owner is. */
export const mayShare = (role: Role): boolean => role === 'owner';
export const mayDelete = (role: Role): boolean => role === 'owner';
/** An owner transfers the list first. */
export const mayLeave = (role: Role): boolean => role !== 'owner';
