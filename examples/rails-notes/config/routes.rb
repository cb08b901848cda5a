Rails.application.routes.draw do
  get "up" => "rails/health#show"
  root "notes#index"
  post "/" => "notes#create"
end
