# Tests of the application, on the PostgreSQL of DATABASE_URL, migrated.
require "test_helper"

class NotesTest < ActionDispatch::IntegrationTest
  test "a note is listed and its words are counted" do
    post "/", params: { body: "three short words" }
    get "/"
    assert_includes response.body, "three short words (counting)"
    nil while Note.count_one
    get "/"
    assert_includes response.body, "three short words (3 words)"
  end

  test "an empty note is not written" do
    assert_no_difference("Note.count") { post "/", params: { body: "  " } }
  end

  test "a note is text and not markup" do
    post "/", params: { body: "<script>alert(1)</script>" }
    get "/"
    assert_not_includes response.body, "<script>"
  end
end
