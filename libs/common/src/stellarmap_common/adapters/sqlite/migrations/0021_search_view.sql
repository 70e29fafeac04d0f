-- The first view beside the entry, as JSON: it is put by whoever has read it, the entry by whoever sees that something was found.
ALTER TABLE search_cache ADD COLUMN first_view TEXT;
