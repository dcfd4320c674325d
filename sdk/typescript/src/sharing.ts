// Members, share links and ownership of lists. All of it needs a connection, and throws a RequestError where it cannot be done.
import type { Requests } from './requests.js';
import type { Member, NewShareLink, ShareLink, ShareListEvent } from './wire.js';

/** What can be given to others. */
export type SharedRole = ShareListEvent['role'];

export class Sharing {
  constructor(private readonly requests: Requests, private readonly newId: () => string) {}

  /** Shares a list with somebody, or changes the role of a member. An address without an account is invited. Owner only. */
  async share(list_id: string, whom: { email: string } | { user_id: string }, role: SharedRole): Promise<void> {
    const to = 'email' in whom ? { email: whom.email } : { shared_user_id: whom.user_id };
    await this.requests.send('share_list', { list_id, ...to, role, op_id: this.newId() });
  }

  /** Takes a list from a member. Owner only. */
  async unshare(list_id: string, user_id: string): Promise<void> {
    await this.requests.send('unshare_list', { list_id, user_id, op_id: this.newId() });
  }

  /** Makes a member the owner in place of this user, who stays a member. */
  async transfer(list_id: string, user_id: Member['user_id']): Promise<void> {
    await this.requests.send('transfer_list', { list_id, user_id, op_id: this.newId() });
  }

  /** A link that makes whoever follows it a member, until `expires_at` (RFC 3339). Its code is told once only. Owner only. */
  async createLink(list_id: string, role: SharedRole, expires_at: string | null = null): Promise<NewShareLink> {
    const { link_id = '', code, url } = await this.requests.send('create_share_link', { list_id, role, expires_at, op_id: this.newId() });
    return { link_id, code: code ?? null, url: url ?? null };
  }

  /** The links of a list that are good now. Owner only. */
  async links(list_id: string): Promise<ShareLink[]> {
    return (await this.requests.send('list_share_links', { list_id })).links ?? [];
  }

  /** Ends a link. Owner only. */
  async revokeLink(link_id: string): Promise<void> {
    await this.requests.send('revoke_share_link', { link_id, op_id: this.newId() });
  }

  /** Becomes a member by the code of a link; the id of the list. */
  async acceptLink(code: string): Promise<string> {
    return (await this.requests.send('accept_share_link', { code, op_id: this.newId() })).list_id ?? '';
  }
}
