-- Every share by e-mail is noted, also where the address has an account, so that what is counted of an inviter does not
-- tell which addresses have one.

ALTER TABLE invitations ADD COLUMN is_settled INTEGER NOT NULL DEFAULT 0;  -- its person has the list already
CREATE INDEX invitations_of_inviter ON invitations (invited_by);
