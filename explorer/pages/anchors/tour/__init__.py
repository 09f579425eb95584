"""Where does one begin? A tour of the page."""
