/** SQL: no change is noted from now on, so that what is stored of views is never out of date. A test that reads none of it is quicker so. */
export const WITHOUT_REFRESHES = `
  update chatrhub_bi_store.state set refreshed_at = now();
  create rule unchanged as on update to chatrhub_bi_store.state do instead nothing;
  create rule unnoted as on insert to chatrhub_bi_store.changes do instead nothing;`;
