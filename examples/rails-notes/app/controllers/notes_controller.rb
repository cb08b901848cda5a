# Notes: a form, a list, and a worker that counts the words of each note.
class NotesController < ApplicationController
  def index
    @notes = Note.order(id: :desc).limit(50)
  end

  def create
    Note.create(body: params[:body].to_s.strip)
    redirect_to root_path, status: :see_other
  end
end
