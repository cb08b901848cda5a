namespace :words do
  desc "Count the words of new notes, until SIGTERM"
  task count: :environment do
    running = true
    trap("TERM") { running = false }
    while running
      sleep 1 unless Note.count_one
    end
  end
end
