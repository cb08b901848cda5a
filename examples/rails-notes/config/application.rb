require_relative "boot"

require "rails"
require "active_record/railtie"
require "action_controller/railtie"
require "rails/test_unit/railtie"

Bundler.require(*Rails.groups)

module Notes
  class Application < Rails::Application
    config.load_defaults 7.2
    # Tables change in releases alone, whose file system is read-only.
    config.active_record.dump_schema_after_migration = false
  end
end
