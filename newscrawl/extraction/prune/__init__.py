"""Take out of the page's tree what can be told from markup not to be the story."""
