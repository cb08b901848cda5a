Rails.application.configure do
  config.enable_reloading = false
  config.eager_load = false
  config.action_controller.allow_forgery_protection = false
end
