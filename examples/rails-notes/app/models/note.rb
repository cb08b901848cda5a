class Note < ApplicationRecord
  validates :body, presence: true, length: { maximum: 500 }

  # Count the words of one note; return false if there is none. Several workers can run.
  def self.count_one
    transaction do
      note = where(words: nil).order(:id).lock("FOR UPDATE SKIP LOCKED").first
      note ? note.update!(words: note.body.split.size) : false
    end
  end
end
