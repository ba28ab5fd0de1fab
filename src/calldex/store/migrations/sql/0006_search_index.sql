CREATE INDEX call_texts_by_words ON call_texts USING gin (words);
