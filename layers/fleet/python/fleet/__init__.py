"""The core of Muster: what a fleet is. It knows neither HTTP nor Lambda."""
