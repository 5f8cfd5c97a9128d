"""Take out of the story's lines what words tell to be no story: labels, promos, learned templates."""
